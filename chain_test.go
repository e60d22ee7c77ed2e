package kubenames

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// nowhere is a listener that was asked once, and takes all that it is to send.
type nowhere struct {
	net.PacketConn
	asked, closed chan struct{}
}

// ReadFrom implements net.PacketConn.
func (n *nowhere) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case <-n.asked:
		packet, err := new(dns.Msg).SetQuestion("example.org.", dns.TypeA).Pack()
		return copy(b, packet), &net.UDPAddr{IP: net.IPv4(10, 240, 0, 1), Port: 40212}, err
	case <-n.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements net.PacketConn.
func (*nowhere) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }

// LocalAddr implements net.PacketConn.
func (*nowhere) LocalAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53} }

// SetReadDeadline implements net.PacketConn.
func (*nowhere) SetReadDeadline(time.Time) error { return nil }

// Close implements net.PacketConn.
func (n *nowhere) Close() error { return nil }

// writing gives a writer of the DNS library's own to the function, which is over when it returns.
func writing(t testing.TB, f func(w dns.ResponseWriter)) {
	t.Helper()
	n := &nowhere{asked: make(chan struct{}, 1), closed: make(chan struct{})}
	over := make(chan struct{})
	s := &dns.Server{PacketConn: n, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, _ *dns.Msg) {
		defer close(over)
		f(w)
	})}
	n.asked <- struct{}{}
	var running sync.WaitGroup
	running.Go(func() { _ = s.ActivateAndServe() }) // it ends with the listener
	<-over
	close(n.closed)
	running.Wait()
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

// serving asks a plugin again and again, as a server does.
func serving(t testing.TB, h plugin.HandlerFunc, w dns.ResponseWriter, name string, typ uint16) func() {
	ctx, asked := context.Background(), new(dns.Msg).SetQuestion(name, typ)
	asked.SetEdns0(1232, false)
	return func() {
		if _, err := h(ctx, request.NewScrubWriter(asked, w), asked); err != nil {
			t.Error(err)
		}
	}
}

// between is a writer that nobody knows: behind it are messages.
type between struct{ dns.ResponseWriter }

// TestChain counts allocations: an answer as a message has as many as one of a plugin that does nothing, and one in bytes none
// but that of the server's writer, and what the race detector takes out of pools.
func TestChain(t *testing.T) {
	k := served(t, 10, 5000)
	writing(t, func(w dns.ResponseWriter) {
		for _, c := range chained {
			least := testing.AllocsPerRun(100, serving(t, nothing, w, c.ask, c.typ))
			if got := testing.AllocsPerRun(100, serving(t, k.ServeDNS, between{w}, c.ask, c.typ)); got > least+float64(c.more) {
				t.Errorf("%s: got %.0f allocations, want at most %d more than %.0f", c.name, got, c.more, least)
			}
			if got := testing.AllocsPerRun(100, serving(t, k.ServeDNS, w, c.ask, c.typ)); got > 2 {
				t.Errorf("%s: got %.0f allocations in bytes, want at most 2", c.name, got)
			}
		}
	})
}

// BenchmarkChain is what a question costs in a server without its sockets, in bytes and as a message, and the same with a plugin
// that does nothing.
func BenchmarkChain(b *testing.B) {
	k := served(b, 10, 5000)
	for _, c := range chained {
		for _, way := range []string{"kubenames", "message", "nothing"} {
			b.Run(c.name+"/"+way, func(b *testing.B) {
				writing(b, func(w dns.ResponseWriter) {
					h := plugin.HandlerFunc(k.ServeDNS)
					switch way {
					case "message":
						w = between{w}
					case "nothing":
						h = nothing
					}
					ask := serving(b, h, w, c.ask, c.typ)
					b.ReportAllocs()
					for b.Loop() {
						ask()
					}
				})
			})
		}
	}
}
