package zone

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// edeOf is the code of the extended error of a message; -1: it has none.
func edeOf(m *dns.Msg) int {
	if o := m.IsEdns0(); o != nil {
		for _, option := range o.Option {
			if e, ok := option.(*dns.EDNS0_EDE); ok {
				return int(e.InfoCode)
			}
		}
	}
	return -1
}

// ede asks with EDNS and returns the code of the extended error, which both exits tell.
func ede(t *testing.T, z *Zone, name string, typ uint16) int {
	t.Helper()
	request := new(dns.Msg).SetQuestion(name, typ)
	request.SetEdns0(1232, false)
	a := ask(t, z, request, false)
	got := edeOf(a.msg)
	if said := edeOf(a.reply.Msg(a.query, request)); said != got {
		t.Errorf("%s: as a message: got EDE %d, want %d as on the wire", name, said, got)
	}
	return got
}

// TestStale asks a zone in doubt: what it says of the cluster it marks, and nothing else.
func TestStale(t *testing.T) {
	z := aliases(t, "cluster.local.", map[string]string{"out": "foo.example.org.", "gone": "nosuch.ns0.svc.cluster.local."})
	z.Listen(parse([]string{"10.0.0.10"}))
	const (
		none, stale, denial = -1, int(dns.ExtendedErrorCodeStaleAnswer), int(dns.ExtendedErrorCodeStaleNXDOMAINAnswer)
	)
	for _, c := range []struct {
		name string
		typ  uint16
		want int
	}{
		{"web.ns0.svc.cluster.local.", dns.TypeA, stale},
		{"web.ns0.svc.cluster.local.", dns.TypeTXT, stale},
		{"nosuch.ns0.svc.cluster.local.", dns.TypeA, denial},
		{"out.ns0.svc.cluster.local.", dns.TypeA, stale},
		{"gone.ns0.svc.cluster.local.", dns.TypeA, stale},
		{"cluster.local.", dns.TypeSOA, stale},
		{"cluster.local.", dns.TypeNS, stale},
		{"dns-version.cluster.local.", dns.TypeTXT, none},
		{"ns.dns.cluster.local.", dns.TypeA, none},
		{"cluster.local.", dns.TypeAXFR, none},
	} {
		check := func(when string, want int) {
			t.Helper()
			if got := ede(t, z, c.name, c.typ); got != want {
				t.Errorf("%s %s, %s: got EDE %d, want %d", c.name, dns.Type(c.typ), when, got, want)
			}
		}
		check("before", none)
		z.Stale(Saved, true)
		check("in doubt", c.want)
		if a := ask(t, z, new(dns.Msg).SetQuestion(c.name, c.typ), false); a.msg.IsEdns0() != nil {
			t.Errorf("%s: an OPT for a client that speaks no EDNS", c.name)
		}
		z.Stale(Unheard, true)
		z.Stale(Saved, false)
		check("in doubt for another reason", c.want)
		z.Stale(Unheard, false)
		check("in the end", none)
	}
}

// TestStaleBeforeWhole: as long as there is nothing, nothing is out of date.
func TestStaleBeforeWhole(t *testing.T) {
	z, err := New(Spec{Origins: []string{"cluster.local."}, TTL: 5})
	if err != nil {
		t.Fatal(err)
	}
	z.Stale(Saved, true)
	if got, want := ede(t, z, "web.ns0.svc.cluster.local.", dns.TypeA), int(dns.ExtendedErrorCodeNotReady); got != want {
		t.Errorf("got EDE %d, want %d", got, want)
	}
	z.Rebuild(cluster.NewState())
	if got, want := ede(t, z, "web.ns0.svc.cluster.local.", dns.TypeA), int(answer.StaleDenial.Code); got != want {
		t.Errorf("whole: got EDE %d, want %d", got, want)
	}
}

// TestStaleCosts: a doubt costs no memory.
func TestStaleCosts(t *testing.T) {
	z, _ := sized(t, 10)
	z.Stale(Saved, true)
	for _, name := range []string{"web.testns.svc.cluster.local.", "h10.testns.svc.cluster.local."} {
		ask, _ := asker(t, z, name, dns.TypeA, Found)
		ask()
		if got := testing.AllocsPerRun(100, ask); got != 0 {
			t.Errorf("%s: got %v allocations, want none", name, got)
		}
	}
}
