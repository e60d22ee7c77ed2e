package zone

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// The longest names that Kubernetes takes are too long for DNS below a long origin. No record tells of such a name, and
// every reply is a message.
func TestLongNames(t *testing.T) {
	label := func(c string) string { return strings.Repeat(c, 63) }
	for _, origin := range []string{"cluster.local.", label("o") + ".example.org."} {
		z, err := New(Spec{Origins: []string{origin, "in-addr.arpa."}, TTL: 5})
		if err != nil {
			t.Fatal(err)
		}
		ip, two := netip.MustParseAddr("10.1.0.1"), netip.MustParseAddr("10.1.0.2")
		ports := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})
		s := cluster.NewState()
		s.Apply(cluster.Put(&cluster.Namespace{Name: label("n")}),
			cluster.Put(&cluster.Service{Namespace: label("n"), Name: "short", Type: cluster.Headless, Ports: ports}),
			cluster.Put(&cluster.Slice{Namespace: label("n"), Name: "a", Service: "short", Ports: ports,
				Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: ip, Name: label("h")}, cluster.Endpoint{Addr: two})}),
			cluster.Put(&cluster.Service{Namespace: label("n"), Name: label("s"), Type: cluster.Headless, Ports: ports}),
			cluster.Put(&cluster.Slice{Namespace: label("n"), Name: "b", Service: label("s"), Ports: ports,
				Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: ip, Name: label("h")}, cluster.Endpoint{Addr: two})}))
		z.Listen([]netip.Addr{ip, two})
		z.Rebuild(s)
		long := origin != "cluster.local."
		for _, test := range []struct {
			name           string
			typ            uint16
			short, tooLong int // records below the short origin, and below the long one
		}{
			{"short." + label("n") + ".svc." + origin, dns.TypeSRV, 2, 2},
			{label("s") + "." + label("n") + ".svc." + origin, dns.TypeSRV, 2, 1},
			{"1.0.1.10.in-addr.arpa.", dns.TypePTR, 2, 1},
			{origin, dns.TypeNS, 4, 3},
		} {
			want := test.short
			if long {
				want = test.tooLong
			}
			request := new(dns.Msg).SetQuestion(test.name, test.typ)
			var q answer.Query
			var r answer.Reply
			if err := q.SetMsg(request, true); err != nil {
				if long {
					continue // nobody can ask for it
				}
				t.Fatal(err)
			}
			z.Find(&q, &r)
			m := r.Msg(&q, request)
			if _, err := m.Pack(); err != nil || len(m.Answer) != want {
				t.Errorf("%s %s: got %d records (%v), want %d", test.name, dns.TypeToString[test.typ], len(m.Answer), err, want)
			}
			wire := new(dns.Msg)
			if err := wire.Unpack(r.Append(nil, &q)); err != nil || len(wire.Answer) != want {
				t.Errorf("%s %s: got %d records on the wire (%v), want %d", test.name, dns.TypeToString[test.typ], len(wire.Answer), err, want)
			}
		}
	}
}

// A name that does not fit in each of the zones has no pointer in any.
func TestLongPointer(t *testing.T) {
	label := strings.Repeat("n", 63)
	for origin, want := range map[string]Outcome{"example.org.": Found, strings.Repeat("o", 63) + "." + strings.Repeat("p", 63) + ".org.": Empty} {
		z, err := New(Spec{Origins: []string{"cluster.local.", origin, "in-addr.arpa."}, TTL: 5})
		if err != nil {
			t.Fatal(err)
		}
		s := cluster.NewState()
		s.Apply(cluster.Put(&cluster.Namespace{Name: label}),
			cluster.Put(&cluster.Service{Namespace: label, Name: label, IPs: addrs("10.96.0.1")}))
		z.Rebuild(s)
		a := ask(t, z, new(dns.Msg).SetQuestion("1.0.96.10.in-addr.arpa.", dns.TypePTR), true)
		if a.outcome != want {
			t.Errorf("beside %s: got %v, want %v: %v", origin, a.outcome, want, a.msg.Answer)
		}
	}
}
