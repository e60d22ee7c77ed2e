package zone

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// crowd is the objects of a cluster of many Services of one shape, whose addresses are all different and in order.
type crowd struct {
	services, slices, endpoints int // endpoints and slices of each Service
	twins                       bool
	addr                        func(n int) netip.Addr
}

var httpPort = cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})

func addr4(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(128 + n>>16), byte(n >> 8), byte(n)})
}

func addr6(n int) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfd, 7: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)})
}

func (c crowd) objects() (all []cluster.Object) {
	for n := range 200 {
		all = append(all, &cluster.Namespace{Name: fmt.Sprint("team-", n)})
	}
	n := 0
	for i := range c.services {
		s := &cluster.Service{Namespace: fmt.Sprint("team-", i%200), Name: fmt.Sprint("service-", i), Ports: httpPort,
			IPs: cluster.AddrsOf(netip.AddrFrom4([4]byte{10, byte(96 + i>>14), byte(i >> 6), byte(i<<2) + 1}))}
		all = append(all, s)
		twin := &cluster.Service{Namespace: s.Namespace, Name: s.Name + "-twin", Type: cluster.Headless}
		if c.twins {
			all = append(all, twin)
		}
		for j := range c.slices {
			sl := &cluster.Slice{Namespace: s.Namespace, Name: fmt.Sprint(s.Name, "-", j), Service: s.Name, Ports: httpPort}
			var es cluster.EndpointsBuilder
			for k := range c.endpoints / max(1, c.slices) {
				es.Add(c.addr(n), fmt.Sprint(s.Name, "-", j, "-", k))
				n++
			}
			sl.Endpoints = es.Endpoints()
			all = append(all, sl)
			if c.twins {
				of := *sl
				of.Name, of.Service = sl.Name+"-twin", twin.Name
				all = append(all, &of)
			}
		}
	}
	return all
}

// zone is a zone of those objects.
func (c crowd) zone(t testing.TB) (*Zone, *cluster.State) {
	t.Helper()
	z, err := New(Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 5, Pods: Verified})
	if err != nil {
		t.Fatal(err)
	}
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), c.objects(), 1)
	return z, s
}

// BenchmarkCrowd asks a zone of many Services for one after the other.
func BenchmarkCrowd(b *testing.B) {
	c := crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr4}
	z, s := c.zone(b)
	z.Rebuild(s)
	for _, ask := range []struct {
		what    string
		outcome Outcome
		typ     uint16
		name    func(i int) string
	}{
		{"A", Found, dns.TypeA, func(i int) string { return fmt.Sprintf("service-%d.team-%d.svc.cluster.local.", i, i%200) }},
		{"NXDOMAIN", Absent, dns.TypeA, func(i int) string { return fmt.Sprintf("nothing-%d.team-%d.svc.cluster.local.", i, i%200) }},
		{"PTR", Found, dns.TypePTR, func(i int) string { return reverseName(addr4(i * 10)) }},
		{"PTR_absent", Absent, dns.TypePTR, func(i int) string {
			return reverseName(netip.AddrFrom4([4]byte{10, byte(i % 100), byte(i >> 8), byte(i)}))
		}},
		{"PTR_between", EmptyReverse, dns.TypePTR, func(i int) string { return fmt.Sprintf("%d.128.10.in-addr.arpa.", i%256) }},
	} {
		b.Run(ask.what, func(b *testing.B) {
			var queries []*answer.Query
			for _, i := range rand.Perm(10_000) {
				q := new(answer.Query)
				if err := q.SetMsg(new(dns.Msg).SetQuestion(ask.name(i), ask.typ), true); err != nil {
					b.Fatal(err)
				}
				queries = append(queries, q)
			}
			r := new(answer.Reply)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if got, _ := z.Find(queries[i%len(queries)], r); got != ask.outcome {
					b.Fatalf("got %v, want %v", got, ask.outcome)
				}
			}
		})
	}
}

// BenchmarkUpdateCrowd changes one endpoint after the other of a zone of many Services.
func BenchmarkUpdateCrowd(b *testing.B) {
	c := crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr4}
	z, s := c.zone(b)
	z.Rebuild(s)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n := i * 7919 % c.services
		sl := &cluster.Slice{Namespace: fmt.Sprint("team-", n%200), Name: fmt.Sprint("service-", n, "-0"), Service: fmt.Sprint("service-", n), Ports: httpPort}
		var es cluster.EndpointsBuilder
		for k := range 10 {
			a := addr4(n*10 + k)
			if k == i%10 && i/c.services%2 == 0 {
				a = addr4(200_000 + i%100_000)
			}
			es.Add(a, fmt.Sprint(sl.Service, "-0-", k))
		}
		sl.Endpoints = es.Endpoints()
		z.Update(s, s.Apply(cluster.Put(sl)))
	}
}

// BenchmarkRebuildCrowd publishes many Services at once.
func BenchmarkRebuildCrowd(b *testing.B) {
	c := crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr4}
	z, s := c.zone(b)
	b.ReportAllocs()
	for b.Loop() {
		z.Rebuild(s)
	}
}
