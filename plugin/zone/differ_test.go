package zone

import (
	"maps"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// partOf is a slice of "web" with those endpoints and ports.
func partOf(name string, of []cluster.Endpoint, ports ...cluster.Port) *cluster.Slice {
	return &cluster.Slice{Namespace: "ns0", Name: name, Service: "web", Endpoints: cluster.EndpointsOf(of...), Ports: cluster.PortsOf(ports...)}
}

func placed(sl *cluster.Slice, places ...string) *cluster.Slice {
	a := takeApart(sl)
	a.beside.Places = places
	return a.together()
}

func importedOf(o cluster.Object) cluster.Object {
	switch o := o.(type) {
	case *cluster.Service:
		c := *o
		c.Imported = true
		return &c
	case *cluster.Slice:
		a := takeApart(o)
		a.Imported, a.beside.Cluster = true, "east"
		return a.together()
	}
	return o
}

// TestDifferences changes one thing that is easily overlooked. The serial of a zone moves if the change is seen there, which
// is said here and found by asking for everything.
func TestDifferences(t *testing.T) {
	e := func(host, addr string) cluster.Endpoint {
		return cluster.Endpoint{Name: host, Addr: parse([]string{addr})[0]}
	}
	es := func(all ...cluster.Endpoint) []cluster.Endpoint { return all }
	x, y, six := e("web-0", "10.0.0.1"), e("web-1", "10.0.0.2"), e("", "fd00::1")
	tcp, udp, dns53 := ports[0], ports[1], ports[2]
	open, shut := cluster.Port{Name: "open", Protocol: "tcp"}, cluster.Port{Name: "dns", Protocol: "tcp"}
	hosts := &cluster.Slice{Namespace: "ns0", Name: "f", Service: "web", Ports: cluster.PortsOf(ports[0]),
		Beside: &cluster.Beside{FQDNs: []cluster.Host{{Target: "foo.example.com."}}}}
	web, named := headlessOf("web"), serviceOf("web", "10.96.0.1")
	named.Ports = cluster.PortsOf(tcp, dns53)
	with := func(s *cluster.Service, f func(*cluster.Service)) *cluster.Service {
		c := *s
		f(&c)
		return &c
	}
	type spec = func(*Spec)
	zonal := func(s *Spec) { s.Zonal = true }
	strict := func(s *Spec) { s.Strict = Strict{Ports: true, Weights: true} }
	clusterset := func(s *Spec) {
		s.Origins, s.Clustersets = append(s.Origins, "clusterset.local."), []string{"clusterset.local."}
	}
	for _, c := range []struct {
		what    string
		spec    spec
		before  []cluster.Object
		changes []cluster.Object
		want    string // zones that move
	}{
		{"addresses of two ports without numbers, changed round", nil, []cluster.Object{web, partOf("a", es(x), open), partOf("b", es(y), shut)},
			[]cluster.Object{partOf("a", es(x), shut), partOf("b", es(y), open)}, "cluster.local."},
		{"as many candidates, but of another port", nil,
			[]cluster.Object{web, partOf("a", es(x), tcp), partOf("b", es(x), udp), partOf("c", es(x), udp)},
			[]cluster.Object{partOf("b", es(x), tcp)}, "cluster.local."},
		{"and where weights are by targets", strict,
			[]cluster.Object{web, partOf("a", es(x), tcp), partOf("b", es(x), udp), partOf("c", es(x), udp)},
			[]cluster.Object{partOf("b", es(x), tcp)}, ""},
		{"a port's number", nil, []cluster.Object{web, partOf("a", es(x), tcp)}, []cluster.Object{partOf("a", es(x), ports[5])}, "cluster.local."},
		{"a port's name", nil, []cluster.Object{web, partOf("a", es(x), tcp)},
			[]cluster.Object{partOf("a", es(x), cluster.Port{Name: "dns", Protocol: "tcp", Number: 80})}, "cluster.local."},
		{"the protocol of a port without a name", nil, []cluster.Object{web, partOf("a", es(x), cluster.Port{Protocol: "tcp", Number: 80})},
			[]cluster.Object{partOf("a", es(x), cluster.Port{Protocol: "udp", Number: 80})}, "cluster.local."},
		{"the name of a port of an endpoint of a cluster IP", nil, []cluster.Object{named, partOf("a", es(x), tcp)},
			[]cluster.Object{partOf("a", es(x), cluster.Port{Name: "dns", Protocol: "tcp", Number: 80})}, ""},
		{"a Service's port's number", nil, []cluster.Object{named}, []cluster.Object{with(named, func(s *cluster.Service) { s.Ports = cluster.PortsOf(ports[5]) })}, "cluster.local."},
		{"a Service's ports in another order", nil, []cluster.Object{named},
			[]cluster.Object{with(named, func(s *cluster.Service) { s.Ports = cluster.PortsOf(dns53, tcp) })}, ""},
		{"a headless Service's ports", nil, []cluster.Object{web, partOf("a", es(x), tcp)},
			[]cluster.Object{with(web, func(s *cluster.Service) { s.Ports = cluster.PortsOf(ports[:2]...) })}, ""},
		{"a cluster IP", nil, []cluster.Object{named}, []cluster.Object{with(named, func(s *cluster.Service) { s.IPs = addrs(ips[1]) })},
			"cluster.local. in-addr.arpa."},
		{"external IPs", nil, []cluster.Object{named},
			[]cluster.Object{with(named, func(s *cluster.Service) { s.Outside = &cluster.Outside{IPs: addrs(ips[:1]...)} })}, ""},
		{"a headless one turns into one with a cluster IP", nil, []cluster.Object{web, partOf("a", es(x), tcp)}, []cluster.Object{named},
			"cluster.local. in-addr.arpa."},
		{"endpoints in another order", nil, []cluster.Object{web, partOf("a", es(x, y, six), tcp)}, []cluster.Object{partOf("a", es(six, x, y), tcp)}, ""},
		{"an endpoint's hostname", nil, []cluster.Object{web, partOf("a", es(x), tcp)}, []cluster.Object{partOf("a", es(e("web-1", "10.0.0.1")), tcp)},
			"cluster.local. in-addr.arpa."},
		{"an endpoint moves to a slice with other ports", nil, []cluster.Object{web, partOf("a", es(x, y), tcp), partOf("b", es(), dns53)},
			[]cluster.Object{partOf("a", es(x), tcp), partOf("b", es(y), dns53)}, "cluster.local."},
		{"and to one with the same", nil, []cluster.Object{web, partOf("a", es(x, y), tcp), partOf("b", es(), tcp)},
			[]cluster.Object{partOf("a", es(x), tcp), partOf("b", es(y), tcp)}, ""},
		{"slices without a Service", nil, []cluster.Object{partOf("a", es(x), tcp)}, []cluster.Object{partOf("a", es(x, six), tcp)}, "ip6.arpa."},
		{"a Service for them", nil, []cluster.Object{partOf("a", es(x), tcp)}, []cluster.Object{web}, "cluster.local."},
		{"a headless Service without endpoints", nil, nil, []cluster.Object{web}, ""},
		{"and one that has names for places", zonal, nil, []cluster.Object{web}, "cluster.local."},
		{"a place", zonal, []cluster.Object{web, placed(partOf("a", es(x, y), tcp), "a", "b")}, []cluster.Object{placed(partOf("a", es(x, y), tcp), "b", "b")}, "cluster.local."},
		{"places changed round", zonal, []cluster.Object{web, placed(partOf("a", es(x, y), tcp), "a", "b")}, []cluster.Object{placed(partOf("a", es(x, y), tcp), "b", "a")}, "cluster.local."},
		{"a place that nobody may ask for", nil, []cluster.Object{web, placed(partOf("a", es(x), tcp), "a")}, []cluster.Object{placed(partOf("a", es(x), tcp), "b")}, ""},
		{"an alias beside addresses", nil, []cluster.Object{web, partOf("a", es(x), tcp)}, []cluster.Object{hosts}, "cluster.local."},
		{"the target of an alias", nil, []cluster.Object{&cluster.Service{Namespace: "ns0", Name: "web", Type: cluster.ExternalName, External: new("a.")}},
			[]cluster.Object{&cluster.Service{Namespace: "ns0", Name: "web", Type: cluster.ExternalName, External: new("b.")}}, "cluster.local."},
		{"the ports of an alias", nil, []cluster.Object{&cluster.Service{Namespace: "ns0", Name: "web", Type: cluster.ExternalName, External: new("a.")}},
			[]cluster.Object{&cluster.Service{Namespace: "ns0", Name: "web", Type: cluster.ExternalName, External: new("a."), Ports: cluster.PortsOf(ports[0])}}, ""},
		{"the last endpoint of a Service that is hidden then", func(s *Spec) { s.IgnoreEmpty = true }, []cluster.Object{named, partOf("a", es(x), tcp)},
			[]cluster.Object{partOf("a", nil, tcp)}, "cluster.local. in-addr.arpa."},
		{"a name of no port, above another", strict, []cluster.Object{web, partOf("a", es(x), cluster.Port{Protocol: "tcp", Number: 80})},
			[]cluster.Object{partOf("a", es(x), cluster.Port{Protocol: "udp", Number: 80})}, "cluster.local."},
		{"what is imported", clusterset, []cluster.Object{importedOf(web)}, []cluster.Object{importedOf(partOf("a", es(x), tcp))}, "clusterset.local. in-addr.arpa."},
		{"the ServiceImport of what is imported", clusterset, []cluster.Object{importedOf(partOf("a", es(x), tcp))}, []cluster.Object{importedOf(web)},
			"clusterset.local. in-addr.arpa."},
		{"what is imported at an address of our own", clusterset, []cluster.Object{importedOf(web), web, partOf("a", es(x), tcp)},
			[]cluster.Object{importedOf(partOf("a", es(x), tcp))}, "clusterset.local."},
		{"an address in a zone below another", func(s *Spec) { s.Origins = append(s.Origins, "10.in-addr.arpa.") },
			[]cluster.Object{web}, []cluster.Object{partOf("a", es(x), tcp)}, "cluster.local. 10.in-addr.arpa."},
		{"and in one with names between", func(s *Spec) { s.Origins = append(s.Origins, "0.0.10.in-addr.arpa.") },
			[]cluster.Object{web}, []cluster.Object{partOf("a", es(x), tcp)}, "cluster.local. in-addr.arpa. 0.0.10.in-addr.arpa."},
		{"a Service whose name is in a zone of its own", func(s *Spec) { s.Origins = append(s.Origins, "ns0.svc.cluster.local.") },
			nil, []cluster.Object{named}, "in-addr.arpa. ns0.svc.cluster.local."},
		{"an endpoint whose name is in a zone of its own", func(s *Spec) { s.Origins = append(s.Origins, "web-0.web.ns0.svc.cluster.local.") },
			[]cluster.Object{named, partOf("a", es(y), tcp)}, []cluster.Object{partOf("a", es(x, y), tcp)},
			"in-addr.arpa. web-0.web.ns0.svc.cluster.local."},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 5, Pods: Verified}
			if c.spec != nil {
				c.spec(&s)
			}
			z, err := New(s)
			if err != nil {
				t.Fatal(err)
			}
			r := &replica{z, cluster.NewState()}
			r.state.Replace(cluster.Kinds(), append(c.before, ns0), 10)
			z.Rebuild(r.state)
			before := z.sights()
			var changes []cluster.Change
			for _, o := range c.changes {
				changes = append(changes, cluster.Put(o))
			}
			r.see(at(20, changes...)...)
			after := z.sights()
			want := map[string]bool{}
			for _, o := range strings.Fields(c.want) {
				want[o] = true
			}
			for _, o := range z.Origins() {
				moved, seen := z.Serial(o) != base+10, !maps.Equal(before[o], after[o])
				if moved != want[o] || seen != want[o] {
					t.Errorf("%s: moved %t, seen %t, want %t\n%s", o, moved, seen, want[o], before[o].changes(after[o]))
				}
			}
		})
	}
}
