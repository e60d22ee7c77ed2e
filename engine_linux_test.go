package kubenames

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/test"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// both is a server block of ours, asked through its lane and through its chain.
type both struct {
	worker *worker
	server *dnsserver.Server
}

func newBoth(t testing.TB, k *Kubenames) *both {
	t.Helper()
	k.express = ride{1, 1}
	k.Next = test.NextHandler(dns.RcodeRefused, nil)
	var group []*dnsserver.Config
	for _, z := range []string{"cluster.local.", "in-addr.arpa."} {
		c := &dnsserver.Config{Zone: z, ListenHosts: []string{"127.0.0.1"}, Port: "53", Transport: "dns"}
		c.AddPlugin(func(plugin.Handler) plugin.Handler { return k })
		group = append(group, c)
	}
	s, err := dnsserver.NewServer("dns://127.0.0.1:53", group)
	if err != nil {
		t.Fatal(err)
	}
	e, reasons := newEngine(s.Addr, group)
	if len(reasons) > 0 || len(e.sites) != len(group) {
		t.Fatal(reasons, e.sites)
	}
	return &both{worker: e.worker().(*worker), server: s}
}

// last is the writer of a client that keeps the last answer.
type last struct {
	test.ResponseWriter
	m *dns.Msg
}

// RemoteAddr implements dns.ResponseWriter.
func (l *last) RemoteAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// WriteMsg implements dns.ResponseWriter.
func (l *last) WriteMsg(m *dns.Msg) error {
	packet, err := m.Pack()
	if err != nil {
		return err
	}
	l.m = new(dns.Msg)
	return l.m.Unpack(packet)
}

// ask asks both. The lane's answer is nil if it has none.
func (b *both) ask(t testing.TB, packet []byte) (lane, chain *dns.Msg) {
	t.Helper()
	prefix := []byte("before")
	answered, ok := b.worker.Answer(slices.Clone(prefix), packet, false)
	r := new(dns.Msg)
	err := r.Unpack(packet)
	if !ok {
		return nil, nil
	}
	if err != nil {
		t.Fatalf("the lane answers %x, which is no message: %v", packet, err)
	}
	lane = new(dns.Msg)
	if err := lane.Unpack(answered[len(prefix):]); err != nil {
		t.Fatalf("%v: the lane's answer is no message: %v", r.Question, err)
	}
	w := new(last)
	b.server.ServeDNS(context.Background(), w, r)
	return lane, w.m
}

// littleOfAll is a cluster with something of each kind.
func littleOfAll() []cluster.Object {
	var endpoints []cluster.Endpoint
	for i := range byte(60) {
		endpoints = append(endpoints, cluster.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 1, i})})
	}
	sql := cluster.PortsOf(cluster.Port{Name: "sql", Protocol: "tcp", Number: 1})
	inside, outside := "web.n.svc.cluster.local.", "example.org."
	return []cluster.Object{
		&cluster.Namespace{Name: "n"},
		&cluster.Service{Namespace: "n", Name: "web", IPs: cluster.AddrsOf(addresses("10.96.0.1", "fd00::1")...),
			Ports: cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})},
		&cluster.Service{Namespace: "n", Name: "db", Type: cluster.Headless},
		&cluster.Slice{Namespace: "n", Name: "db-a", Service: "db", Ports: sql, Endpoints: cluster.EndpointsOf(
			cluster.Endpoint{Addr: addresses("10.0.0.1")[0], Name: "a"}, cluster.Endpoint{Addr: addresses("10.0.0.2")[0], Name: "b"})},
		&cluster.Service{Namespace: "n", Name: "alias", Type: cluster.ExternalName, External: &inside},
		&cluster.Service{Namespace: "n", Name: "out", Type: cluster.ExternalName, External: &outside},
		&cluster.Service{Namespace: "n", Name: "many", Type: cluster.Headless},
		&cluster.Slice{Namespace: "n", Name: "many-a", Service: "many", Ports: sql, Endpoints: cluster.EndpointsOf(endpoints...)},
	}
}

// FuzzLane: what the lane answers the chain answers too, whatever the packet.
func FuzzLane(f *testing.F) {
	for _, name := range []string{
		"web.n.svc.cluster.local.", "WEB.n.svc.Cluster.Local.", "db.n.svc.cluster.local.", "many.n.svc.cluster.local.", "out.n.svc.cluster.local.",
		"alias.n.svc.cluster.local.", "_sql._tcp.db.n.svc.cluster.local.", "_sql._tcp.many.n.svc.cluster.local.", "nosuch.n.svc.cluster.local.",
		"cluster.local.", "dns-version.cluster.local.", "1.0.96.10.in-addr.arpa.", "9.9.9.9.in-addr.arpa.", "example.org.", ".", "a\\.b.n.svc.cluster.local.",
		"a\\000.svc.cluster.local.",
	} {
		for _, t := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeSOA, dns.TypeNS, dns.TypeTXT, dns.TypeANY, dns.TypeDS, dns.TypeAXFR, 65280} {
			m := new(dns.Msg).SetQuestion(name, t)
			m.Id = 7
			for _, edns := range []uint16{0, 512, 4096} {
				if edns > 0 {
					m.Extra = nil
					m.SetEdns0(edns, t == dns.TypeA)
				}
				packet, err := m.Pack()
				if err != nil {
					f.Fatal(err)
				}
				f.Add(packet)
			}
		}
	}
	k := with(f, zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, TTL: 5}, littleOfAll()...)
	k.fall.SetZonesFromArgs([]string{"in-addr.arpa."})
	b := newBoth(f, k)
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) > 512 {
			packet = packet[:512]
		}
		lane, chain := b.ask(t, packet)
		if lane == nil {
			return
		}
		if chain == nil {
			t.Fatalf("%v\nthe chain does not answer", lane)
		}
		if got, want := brief(lane), brief(chain); lane.Id != chain.Id || !slices.Equal(lane.Question, chain.Question) || !slices.Equal(got, want) {
			t.Errorf("lane %v\nchain %v", lane, chain)
		}
	})
}

// What the lane does with a question costs no memory. (Aliases and pointers do: where their answers are found.)
func TestLaneAllocations(t *testing.T) {
	b := newBoth(t, with(t, zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, TTL: 5}, littleOfAll()...))
	for _, s := range b.worker.engine.sites {
		s.writer, s.shuffled = "kubenames", true
	}
	b.worker.counts = newTallies(b.worker.engine)
	dst := make([]byte, 0, 4096)
	for _, q := range []struct {
		name string
		t    uint16
	}{
		{"web.n.svc.cluster.local.", dns.TypeA}, {"web.n.svc.cluster.local.", dns.TypeTXT}, {"db.n.svc.cluster.local.", dns.TypeA},
		{"_sql._tcp.db.n.svc.cluster.local.", dns.TypeSRV}, {"nosuch.n.svc.cluster.local.", dns.TypeA}, {"many.n.svc.cluster.local.", dns.TypeA},
	} {
		m := new(dns.Msg).SetQuestion(q.name, q.t)
		m.SetEdns0(1232, false)
		packet, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		ok := true
		if n := testing.AllocsPerRun(100, func() {
			_, answered := b.worker.Answer(dst, packet, false)
			ok = ok && answered
			b.worker.Sent(1000)
		}); n > 0 || !ok {
			t.Errorf("%s %s: answered %t with %v allocations, want none", q.name, dns.Type(q.t), ok, n)
		}
	}
}

// Names that are spelled in another way, and roots, are found in their zones.
func TestTable(t *testing.T) {
	k := with(t, zone.Spec{Origins: []string{"cluster.local."}, TTL: 5})
	b := newBoth(t, k)
	for name, want := range map[string]string{
		"x.Cluster.LOCAL.": "cluster.local.", "cluster.local.": "cluster.local.", "xcluster.local.": "", "local.": "", ".": "",
		"a.b.c.d.e.f.g.in-addr.arpa.": "in-addr.arpa.",
	} {
		if err := b.worker.query.SetName(name); err != nil {
			t.Fatal(err)
		}
		got := ""
		if s := b.worker.engine.zones.of(&b.worker.query); s != nil {
			got = s.zone
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
