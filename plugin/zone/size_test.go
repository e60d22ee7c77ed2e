package zone

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// TestSize weighs what a zone keeps beside the objects of the cluster, and how much it makes and throws away meanwhile.
func TestSize(t *testing.T) {
	if raced {
		t.Log("not asserted with the race detector")
	}
	const services, pods = 10_000, 150_000
	next := uint32(10<<24 | 128<<16)
	address := func() netip.Addr {
		next++
		return netip.AddrFrom4([4]byte{byte(next >> 24), byte(next >> 16), byte(next >> 8), byte(next)})
	}
	six := func() netip.Addr {
		a := address().As4()
		return netip.AddrFrom16([16]byte{0xfd, 0, 0, 0, 0, 0, a[1], a[2], 15: a[3]})
	}
	http := []cluster.Port{{Name: "http", Protocol: "tcp", Number: 80}}
	service := func(i, slices, endpoints int, address func() netip.Addr) []cluster.Object {
		s := &cluster.Service{Namespace: fmt.Sprint("team-", i%200), Name: fmt.Sprint("service-", i), Ports: http,
			IPs: []netip.Addr{netip.AddrFrom4([4]byte{10, 96, byte(i * 31 >> 8), byte(i * 31)})}}
		all := []cluster.Object{s}
		for j := range slices {
			sl := &cluster.Slice{Namespace: s.Namespace, Name: fmt.Sprint(s.Name, "-", j), Service: s.Name, Ports: http}
			for k := range endpoints / slices {
				sl.Endpoints = append(sl.Endpoints, cluster.Endpoint{Addr: address(), Hostname: fmt.Sprint(s.Name, "-", j, "-", k)})
			}
			all = append(all, sl)
		}
		return all
	}
	many := func(n, slices, endpoints int, address func() netip.Addr) (all []cluster.Object) {
		for i := range n {
			all = append(all, service(i, slices, endpoints, address)...)
		}
		return all
	}
	twice := func(n int) (all []cluster.Object) {
		all = many(n, 1, 10, address)
		for _, o := range all {
			switch o := o.(type) {
			case *cluster.Service:
				c := *o
				c.Name, c.IPs, c.Type = c.Name+"-twin", nil, cluster.Headless
				all = append(all, &c)
			case *cluster.Slice:
				c := *o
				c.Name, c.Service = c.Name+"-twin", c.Service+"-twin"
				all = append(all, &c)
			}
		}
		return all
	}
	lone := func(n int) (all []cluster.Object) {
		for i := range n {
			all = append(all, &cluster.Pod{Namespace: "team-0", Name: fmt.Sprint("p", i), IPs: []netip.Addr{address()}})
		}
		return all
	}
	for _, c := range []struct {
		what    string
		objects []cluster.Object
		n       int
		most    float64
	}{
		{"service without endpoints", many(services, 0, 0, address), services, 0},
		{"endpoint of 10", many(services, 1, 10, address), 10 * services, 0},
		{"endpoint of 10, IPv6", many(services, 1, 10, six), 10 * services, 0},
		{"endpoint of 100", many(services/10, 1, 100, address), 10 * services, 0},
		{"endpoint of 5000", many(20, 50, 5000, address), 100_000, 0},
		{"endpoint of two services", twice(services), 10 * services, 0},
		{"pod", lone(pods), pods, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			z, err := New(Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 5, Pods: Verified})
			if err != nil {
				t.Fatal(err)
			}
			s := cluster.NewState()
			s.Replace(cluster.Kinds(), c.objects, 1)
			for i := range 200 {
				s.Apply(cluster.Put(&cluster.Namespace{Name: fmt.Sprint("team-", i)}))
			}
			before, made := heap()
			z.Rebuild(s)
			after, all := heap()
			t.Logf("%.1f bytes each, %.1f made", float64(after-before)/float64(c.n), float64(all-made)/float64(c.n))
			runtime.KeepAlive(s)
			runtime.KeepAlive(z)
		})
	}
}

// heap is how many bytes are in use after collection, and how many were made so far.
func heap() (used, made uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.TotalAlloc
}
