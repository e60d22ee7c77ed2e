package kubenames

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/test"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// packer packs what it is told to write, as a server does.
type packer struct{ test.ResponseWriter }

// WriteMsg implements dns.ResponseWriter.
func (*packer) WriteMsg(m *dns.Msg) error {
	_, err := m.Pack()
	return err
}

// nothing is the least that a plugin can do.
func nothing(_ context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	m := new(dns.Msg).SetReply(r)
	m.Authoritative = true
	m.Answer = []dns.RR{&dns.A{
		Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 5}, A: net.IPv4(192, 0, 2, 1).To4(),
	}}
	return dns.RcodeSuccess, w.WriteMsg(m)
}

// served is a handler of a zone with a Service "web", and headless ones of some numbers of endpoints: "h10" has ten.
func served(t testing.TB, sizes ...int) *Kubenames {
	ports := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})
	objects := []cluster.Object{&cluster.Namespace{Name: "n"},
		&cluster.Service{Namespace: "n", Name: "web", IPs: cluster.AddrsOf(addresses("10.96.0.1")...), Ports: ports}}
	for _, n := range sizes {
		name := fmt.Sprint("h", n)
		var all cluster.EndpointsBuilder
		for i := range n {
			all.Add(netip.AddrFrom4([4]byte{10, byte(n), byte(i >> 8), byte(i)}), "")
		}
		sl := &cluster.Slice{Namespace: "n", Name: name, Service: name, Ports: ports, Endpoints: all.Endpoints()}
		objects = append(objects, &cluster.Service{Namespace: "n", Name: name, Type: cluster.Headless}, sl)
	}
	k := with(t, zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, TTL: 5}, objects...)
	k.fall.SetZonesFromArgs([]string{"in-addr.arpa"})
	return k
}

// chained is questions as they come through a chain.
var chained = []struct {
	name, ask string
	typ       uint16
	more      int // allocations that it may have beyond those of nothing
}{
	{"A", "web.n.svc.cluster.local.", dns.TypeA, 0},
	{"SRV", "_http._tcp.web.n.svc.cluster.local.", dns.TypeSRV, 5},
	{"A_of_10", "h10.n.svc.cluster.local.", dns.TypeA, 0},
	{"SRV_of_10", "_http._tcp.h10.n.svc.cluster.local.", dns.TypeSRV, 40}, // most are of the library's compression
	{"A_of_5000", "h5000.n.svc.cluster.local.", dns.TypeA, 20},            // likewise
	{"NXDOMAIN", "api.example.com.n.svc.cluster.local.", dns.TypeA, 0},
	{"PTR", "1.0.96.10.in-addr.arpa.", dns.TypePTR, 1},
}

// server asks a plugin again and again, as a server does.
func serving(t testing.TB, h plugin.HandlerFunc, name string, typ uint16) func() {
	ctx, asked := context.Background(), new(dns.Msg).SetQuestion(name, typ)
	asked.SetEdns0(1232, false)
	return func() {
		if _, err := h(ctx, request.NewScrubWriter(asked, &packer{}), asked); err != nil {
			t.Fatal(err)
		}
	}
}

// TestChain counts allocations: an answer through the chain has as many as one of a plugin that does nothing.
func TestChain(t *testing.T) {
	k := served(t, 10, 5000)
	for _, c := range chained {
		least := testing.AllocsPerRun(100, serving(t, nothing, c.ask, c.typ))
		got := testing.AllocsPerRun(100, serving(t, k.ServeDNS, c.ask, c.typ))
		if got > least+float64(c.more) {
			t.Errorf("%s: got %.0f allocations, want at most %d more than %.0f", c.name, got, c.more, least)
		}
	}
}

// BenchmarkChain is what a question costs in a server without its sockets, and the same with a plugin that does nothing.
func BenchmarkChain(b *testing.B) {
	k := served(b, 10, 5000)
	for _, c := range chained {
		for name, h := range map[string]plugin.HandlerFunc{"kubenames": k.ServeDNS, "nothing": nothing} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				ask := serving(b, h, c.ask, c.typ)
				b.ReportAllocs()
				for b.Loop() {
					ask()
				}
			})
		}
	}
}
