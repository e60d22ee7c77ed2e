package zone

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// random makes changes of a small world, in which much is shared, and asks about it.
type random struct{ *rand.Rand }

var (
	namespaces   = []string{"ns0", "ns1", "ns2"}
	serviceNames = []string{"web", "db", "mail", "ext", "big"}
	endpoints    = []string{"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.1.1", "10.1.0.1", "fd00::", "fd00::1", "::1", "fd00::1:2", "2001:db8::"}
	ips          = []string{"10.96.0.1", "10.96.0.2", "fd96::1", "fd96::2", "10.0.0.1", "fd00::1"}
	externals    = []string{"192.0.2.1", "192.0.2.2", "10.0.0.1", "2001:db8::1"}
	hostnames    = []string{"web-0", "web-1", "10-0-0-1", "foo-example-com", "fd00--1"}
	clusters     = []string{"east", "west", "10-0-0-1"}
	places       = []string{"", "a", "b", "b", "x.c"}
	hosts        = []string{"foo.example.com.", "web.ns0.svc.cluster.local.", "ext.ns1.svc.cluster.local.", "10-0-0-1.ns0.pod.cluster.local.",
		"nosuch.ns0.svc.cluster.local.", "cluster.local.", "1.0.0.10.in-addr.arpa.", "db.ns2.svc.example.org."}
	ports = []cluster.Port{{Name: "http", Protocol: "tcp", Number: 80}, {Name: "http", Protocol: "udp", Number: 80}, {Name: "dns", Protocol: "udp", Number: 53},
		{Name: "", Protocol: "tcp", Number: 81}, {Name: "open", Protocol: "", Number: 0}, {Name: "http", Protocol: "tcp", Number: 8080},
		{Number: 82}}
)

func pick[T any](r random, from []T) T { return from[r.IntN(len(from))] }

// some is up to n of them, each at most once.
func some[T any](r random, from []T, n int) (all []T) {
	for _, i := range r.Perm(len(from))[:r.IntN(min(n, len(from))+1)] {
		all = append(all, from[i])
	}
	return all
}

func parse(texts []string) (all []netip.Addr) {
	for _, t := range texts {
		all = append(all, netip.MustParseAddr(t))
	}
	return all
}

func (r random) spec() Spec {
	s := Spec{Origins: []string{"in-addr.arpa.", "cluster.local.", "ip6.arpa.", "example.org."}, TTL: 5, Pods: PodMode(r.IntN(3))}
	if r.IntN(3) == 0 {
		s.Namespaces = []string{"ns0", "ns1"}
	}
	if r.IntN(2) == 0 {
		s.Origins, s.Clustersets = slices.Insert(s.Origins, 1, "clusterset.local."), []string{"clusterset.local."}
	}
	s.IgnoreEmpty, s.Zonal = r.IntN(4) == 0, r.IntN(2) == 0
	for _, rule := range []*bool{&s.Strict.Names, &s.Strict.Ports, &s.Strict.Reverse, &s.Strict.Weights, &s.Strict.Pointers} {
		*rule = r.IntN(6) == 0
	}
	return s
}

func (r random) change() cluster.Change {
	ns, name := pick(r, namespaces), pick(r, serviceNames)
	if r.IntN(5) == 0 {
		return r.may(8, r.slice("ns0", "big"))
	}
	switch n := r.IntN(20); {
	case n < 2:
		return r.may(3, &cluster.Namespace{Name: ns})
	case n < 4:
		return r.may(3, &cluster.Pod{Namespace: ns, Name: fmt.Sprint("p", r.IntN(3)), IPs: addrs(some(r, endpoints, 2)...), Host: r.IntN(3) == 0})
	case n < 9:
		return r.may(6, r.service(ns, name))
	}
	return r.may(5, r.slice(ns, name))
}

// may is a change to the object, or, once in n, to none.
func (r random) may(n int, o cluster.Object) cluster.Change {
	if r.IntN(n) == 0 {
		return cluster.Gone(o.Ref())
	}
	return cluster.Put(o)
}

func (r random) service(ns, name string) *cluster.Service {
	s := &cluster.Service{Namespace: ns, Name: name, Imported: r.IntN(5) == 0, Ports: cluster.PortsOf(some(r, ports, 3)...)}
	switch n := r.IntN(5); {
	case n < 2:
		s.Type = cluster.Headless
	case n == 2 && !s.Imported:
		s.Type = cluster.ExternalName
		if r.IntN(6) > 0 {
			s.External = new(pick(r, hosts))
		}
	default:
		s.IPs = addrs(some(r, ips, 2)...)
	}
	if r.IntN(3) == 0 {
		s.Outside = &cluster.Outside{IPs: addrs(some(r, externals, 2)...), Hosts: some(r, hosts[:1], 1)}
	}
	return s
}

func (r random) slice(ns, service string) *cluster.Slice {
	sl := &apart{Slice: cluster.Slice{Namespace: ns, Name: fmt.Sprint("s", r.IntN(7)), Service: service}, ports: some(r, ports, 3)}
	if r.IntN(5) == 0 {
		sl.Imported, sl.beside.Cluster = true, pick(r, clusters)
	}
	r.list(sl, service)
	if !sl.Imported && r.IntN(3) > 0 && len(sl.endpoints) > 0 {
		for range sl.endpoints {
			sl.beside.Places = append(sl.beside.Places, pick(r, places))
		}
	}
	return sl.together()
}

// list lists endpoints of the Service in the slice.
func (r random) list(sl *apart, service string) {
	switch n := r.IntN(10); {
	case n == 0:
		for _, h := range some(r, hosts, 2) {
			sl.beside.FQDNs = append(sl.beside.FQDNs, cluster.Host{Target: h, Name: pick(r, []string{"", "web-0", "h-1"})})
		}
	case n < 7 && service == "big":
		for _, i := range r.Perm(120)[:50] {
			e := cluster.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 2, 0, byte(i)})}
			if r.IntN(3) == 0 {
				e.Name = fmt.Sprint("h-", i%20)
			}
			sl.endpoints = append(sl.endpoints, e)
		}
		fallthrough
	default:
		var unready []netip.Addr
		for _, a := range parse(some(r, endpoints, 5)) {
			if r.IntN(5) == 0 {
				unready = append(unready, a)
				continue
			}
			e := cluster.Endpoint{Addr: a}
			switch r.IntN(4) {
			case 0:
				e.Name = pick(r, hostnames)
			case 1:
				e.Name = fmt.Sprint("p", r.IntN(3))
			}
			sl.endpoints = append(sl.endpoints, e)
		}
		sl.beside.Unready = cluster.AddrsOf(unready...)
	}
}

var types = []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeCNAME, dns.TypeTXT, dns.TypeNS, dns.TypeSOA, dns.TypeMX,
	dns.TypeANY, dns.TypeHTTPS}

// question is a name in lower case that exists, or is next to one that may.
func (r random) question() string {
	if r.IntN(4) == 0 {
		return r.reverseName()
	}
	labels := []string{pick(r, append(serviceNames, "nosuch")), pick(r, append(namespaces, "nons")), "svc"}
	switch r.IntN(10) {
	case 0:
		labels = some(r, []string{"ns", "dns", "dns-version", "svc", "pod", "zz", "ns0", "web"}, 3)
	case 1:
		labels = labels[1+r.IntN(2):]
	case 2:
		labels = []string{"ns", "dns"}
	case 3, 4:
		labels[2] = "pod"
		labels[0] = pick(r, []string{"10-0-0-1", "fd00--1", "fd00-0--1", "--1", "0--1", "--ffff-a00-1", "1-2-3", "01-0-0-1", "fd00--", "a", "10-0-0-0"})
	case 5, 6:
		labels = append([]string{r.endpoint()}, labels...)
	case 7, 8:
		labels = append([]string{pick(r, []string{"_http", "http", "_", "_dns", "_zz", "_open"}), pick(r, []string{"_tcp", "udp", "_", "_udp"})}, labels...)
	case 9:
		if r.IntN(2) == 0 {
			labels = append([]string{r.endpoint(), pick(r, clusters)}, labels...)
			break
		}
		front := []string{pick(r, append(places, "nowhere")), pick(r, []string{pin, prefer, "zz"}), "_zone"}
		labels = append(strings.Split(strings.TrimPrefix(strings.Join(front, "."), "."), "."), labels...)
	}
	if r.IntN(10) == 0 {
		labels = append([]string{pick(r, []string{"x", "_tcp", "web", "10-0-0-1", "fd00--1"})}, labels...)
	}
	return strings.Join(append(labels, pick(r, []string{"cluster.local.", "cluster.local.", "example.org.", "clusterset.local.", "in-addr.arpa."})), ".")
}

// existing is a name at or below a Service that there is, if there is one, or else the other name.
func (w *world) existing(r random, other string) string {
	if len(w.groups) == 0 {
		return other
	}
	k := pick(r, w.groups)
	service, all := w.state.Group(k)
	name := k.Name + "." + k.Namespace + ".svc." + pick(r, []string{"cluster.local.", "example.org."})
	if k.Imported {
		name = k.Name + "." + k.Namespace + ".svc.clusterset.local."
	}
	switch n := r.IntN(5); {
	case n == 4 && !k.Imported:
		name = pick(r, []string{"a.", "b.", "x.c.", "nowhere.", "c.", ""}) + pick(r, []string{pin, prefer}) + "._zone." + name
	case n == 4 && len(all) > 0:
		name = pick(r, all).Cluster() + "." + name
	case n == 0 && len(all) > 0 && all[0].Endpoints.Len() > 0:
		sl := takeApart(pick(r, all))
		if len(sl.endpoints) > 0 {
			name = strings.TrimPrefix(sl.beside.Cluster+"."+name, ".")
			name = labelOf(pick(r, sl.endpoints)) + "." + name
		}
	case n == 1 && service != nil && service.Type == cluster.ClusterIP && len(service.Ports.All()) > 0:
		p := pick(r, service.Ports.All())
		name = "_" + p.Name + "._" + p.Protocol + "." + name
	case n == 1 && len(all) > 0 && len(all[0].Ports.All()) > 0:
		p := pick(r, all[0].Ports.All())
		name = "_" + p.Name + "._" + p.Protocol + "." + name
	}
	return name
}

func (r random) endpoint() string {
	switch r.IntN(5) {
	case 0:
		return pick(r, []string{"_tcp", "_udp", "tcp", "udp", "_", "zz", "p0", "web-ns0-svc-cluster-local", "h-3"})
	case 1:
		return pick(r, hostnames)
	case 2:
		return fmt.Sprint("10-2-0-", r.IntN(120))
	}
	return labelOf(cluster.Endpoint{Addr: netip.MustParseAddr(pick(r, endpoints))})
}

func (r random) reverseName() string {
	name, _ := dns.ReverseAddr(pick(r, append(slices.Clone(endpoints), ips...)))
	if r.IntN(8) == 0 {
		name = fmt.Sprintf("%d.0.2.10.in-addr.arpa.", r.IntN(120))
	}
	labels := strings.SplitAfter(name, ".")
	switch r.IntN(6) {
	case 0:
		return strings.Join(labels[r.IntN(len(labels)-2):], "")
	case 1:
		return pick(r, []string{"0.", "x.", "00."}) + name
	case 2:
		labels[r.IntN(3)] = pick(r, []string{"0.", "1.", "f.", "00.", "256."})
		return strings.Join(labels, "")
	}
	return name
}

func (r random) mixed(s string) string {
	if r.IntN(4) > 0 {
		return s
	}
	b := []byte(s)
	for i := range b {
		if 'a' <= b[i] && b[i] <= 'z' && r.IntN(2) == 0 {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}
