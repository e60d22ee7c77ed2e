package snapshot

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

var (
	source = Identity{1, 2, 3}
	now    = time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
)

func addrs(texts ...string) cluster.Addrs {
	var all []netip.Addr
	for _, t := range texts {
		all = append(all, netip.MustParseAddr(t))
	}
	return cluster.AddrsOf(all...)
}

// sample is objects of all kinds that have all that there is, and some that have as little as there can be.
func sample() []cluster.Object {
	ports := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80}, cluster.Port{})
	endpoints := cluster.EndpointsOf(cluster.Endpoint{Addr: netip.MustParseAddr("10.0.0.1"), Name: "web-0"},
		cluster.Endpoint{Addr: netip.MustParseAddr("fd00::1")}, cluster.Endpoint{Addr: netip.MustParseAddr("10.0.0.2"), Name: "web-2"})
	return []cluster.Object{
		&cluster.Namespace{Name: "testns"},
		&cluster.Service{Namespace: "testns", Name: "web", IPs: addrs("10.96.0.1", "fd96::1"), Ports: ports, Selects: true,
			Outside: &cluster.Outside{IPs: addrs("192.0.2.1"), Hosts: []string{"lb.example.org."}}},
		&cluster.Service{Namespace: "testns", Name: "ext", Type: cluster.ExternalName, External: new("example.org.")},
		&cluster.Service{Namespace: "testns", Name: "nowhere", Type: cluster.ExternalName},
		&cluster.Service{Namespace: "testns", Name: "headless", Type: cluster.Headless},
		&cluster.Slice{Namespace: "testns", Name: "web-abcde", Service: "web", Endpoints: endpoints, Ports: ports,
			Beside: &cluster.Beside{Places: []string{"a", "", "b"}, Unready: addrs("10.0.0.9"),
				FQDNs: []cluster.Host{{Target: "foo.example.org.", Name: "foo"}, {Target: "bar.example.org."}}}},
		&cluster.Slice{Namespace: "testns", Name: "other name", Service: "headless", Endpoints: cluster.EndpointsOf(
			cluster.Endpoint{Addr: netip.MustParseAddr("10.0.0.3")})},
		&cluster.Slice{Namespace: "testns", Name: "empty", Service: "headless"},
		&cluster.Pod{Namespace: "testns", Name: "web-0", IPs: addrs("10.0.0.1", "fd00::1"), Host: true,
			Labels: map[string]string{"app": "web", "tier": ""}},
		&cluster.Pod{Namespace: "testns", Name: "web-1", IPs: addrs("10.0.0.2")},
		&cluster.Service{Namespace: "testns", Name: "web", Imported: true, IPs: addrs("10.97.0.1")},
		&cluster.Slice{Namespace: "testns", Name: "web-east", Service: "web", Imported: true, Endpoints: endpoints,
			Beside: &cluster.Beside{Cluster: "east"}},
	}
}

// sampled is objects that are known, at a version.
type sampled struct {
	objects []cluster.Object
	version uint64
}

func (s sampled) Version() uint64 { return s.version }

func (s sampled) Objects(k cluster.Kind) (some []cluster.Object) {
	for _, o := range s.objects {
		if o.Ref().Kind == k {
			some = append(some, o)
		}
	}
	return some
}

// saved is a file that holds the objects.
func saved(t testing.TB, objects []cluster.Object) *File {
	t.Helper()
	f := &File{Path: t.TempDir() + "/snapshot", Source: source, MaxAge: time.Hour}
	if err := f.Save(now, cluster.Kinds(), sampled{objects, 42}); err != nil {
		t.Fatal(err)
	}
	return f
}

// large is a cluster of so many Services with a slice of ten endpoints each.
func large(services int) (all []cluster.Object) {
	ports := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})
	for i := range 50 {
		all = append(all, &cluster.Namespace{Name: fmt.Sprint("namespace-", i)})
	}
	for i := range services {
		ns, name := fmt.Sprint("namespace-", i%50), fmt.Sprintf("service-%05d", i)
		all = append(all, &cluster.Service{Namespace: ns, Name: name, Selects: true, Ports: ports,
			IPs: cluster.AddrsOf(netip.AddrFrom4([4]byte{10, 96 + byte(i>>16), byte(i >> 8), byte(i)}))})
		var endpoints cluster.EndpointsBuilder
		endpoints.Grow(10)
		for e := range 10 {
			n := i*10 + e
			endpoints.Add(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), "")
		}
		all = append(all, &cluster.Slice{Namespace: ns, Name: name + "-abcde", Service: name, Ports: ports, Endpoints: endpoints.Endpoints()})
	}
	return all
}

// sorted is the objects in the order of their names.
func sorted(all []cluster.Object) []cluster.Object {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b cluster.Object) int {
		return slices.Compare([]byte(a.Ref().String()), []byte(b.Ref().String()))
	})
	return all
}
