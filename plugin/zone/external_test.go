package zone

import (
	"fmt"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// aliases is a zone in which each name is an alias for the next.
func aliases(t *testing.T, origin string, targets map[string]string) *Zone {
	t.Helper()
	z, err := New(Spec{Origins: []string{origin}, TTL: 5})
	if err != nil {
		t.Fatal(err)
	}
	s := cluster.NewState()
	objects := []cluster.Object{&cluster.Namespace{Name: "ns0"},
		&cluster.Service{Namespace: "ns0", Name: "web", IPs: addrs("10.96.0.1")}}
	for name, target := range targets {
		objects = append(objects, &cluster.Service{Namespace: "ns0", Name: name, Type: cluster.ExternalName, External: &target})
	}
	s.Replace(cluster.Kinds(), objects, 0)
	z.Rebuild(s)
	return z
}

func TestAliases(t *testing.T) {
	const below = ".ns0.svc.cluster.local."
	targets := map[string]string{"self": "self" + below, "a": "b" + below, "b": "a" + below, "gone": "nosuch" + below,
		"out": "foo.example.org.", "chain-0": "web" + below}
	for i := 1; i < 15; i++ {
		targets[fmt.Sprint("chain-", i)] = fmt.Sprint("chain-", i-1) + below
	}
	z := aliases(t, "cluster.local.", targets)
	for _, c := range []struct {
		name    string
		typ     uint16
		answers int
		rcode   int
		denied  bool // there is an SOA
		chase   Chase
	}{
		{"self", dns.TypeA, 1, 0, true, Chase{}},
		{"a", dns.TypeAAAA, 2, 0, true, Chase{}},
		{"chain-0", dns.TypeA, 2, 0, false, Chase{}},
		{"chain-0", dns.TypeAAAA, 1, 0, true, Chase{}},
		{"chain-10", dns.TypeA, 12, 0, false, Chase{}},
		{"chain-11", dns.TypeA, 11, 0, true, Chase{}},
		{"chain-14", dns.TypeA, 11, 0, true, Chase{}},
		{"gone", dns.TypeA, 1, dns.RcodeNameError, true, Chase{"nosuch" + below, true}},
		{"gone", dns.TypeTXT, 1, 0, false, Chase{}},
		{"out", dns.TypeA, 1, 0, false, Chase{Target: "foo.example.org."}},
		{"out", dns.TypeSRV, 1, 0, false, Chase{}},
		{"out", dns.TypeCNAME, 1, 0, false, Chase{}},
		{"out", dns.TypeANY, 1, 0, false, Chase{}},
	} {
		a := ask(t, z, new(dns.Msg).SetQuestion(c.name+below, c.typ), true)
		if len(a.msg.Answer) != c.answers || a.msg.Rcode != c.rcode || (len(a.msg.Ns) == 1) != c.denied || a.chase != c.chase {
			t.Errorf("%s %s: got %v, chase %v, want %+v", c.name, dns.Type(c.typ), a.msg, a.chase, c)
		}
		if a.outcome != Found {
			t.Errorf("%s: got %v, want found", c.name, a.outcome)
		}
	}
}

// TestRoot serves the root itself.
func TestRoot(t *testing.T) {
	z := aliases(t, ".", map[string]string{"ext": "web.ns0.svc.", "lost": "nosuch.ns0.svc."})
	for _, c := range []struct {
		name string
		typ  uint16
		want string // the first record
	}{
		{".", dns.TypeSOA, ".\t5\tIN\tSOA\tns.dns. hostmaster. "},
		{".", dns.TypeNS, ".\t5\tIN\tNS\tns.dns."},
		{"web.ns0.svc.", dns.TypeA, "web.ns0.svc.\t5\tIN\tA\t10.96.0.1"},
		{"ext.ns0.svc.", dns.TypeA, "ext.ns0.svc.\t5\tIN\tCNAME\tweb.ns0.svc."},
		{"lost.ns0.svc.", dns.TypeA, "lost.ns0.svc.\t5\tIN\tCNAME\tnosuch.ns0.svc."},
	} {
		request := new(dns.Msg).SetQuestion(c.name, c.typ)
		a := ask(t, z, request, false)
		m := a.reply.Msg(a.query, request)
		if len(a.msg.Answer) == 0 || len(m.Answer) == 0 {
			t.Fatalf("%s: got nothing: %v", c.name, a.msg)
		}
		got, other := a.msg.Answer[0].String(), m.Answer[0].String()
		if got != other || len(got) < len(c.want) || got[:len(c.want)] != c.want {
			t.Errorf("%s: got %q and %q, want %q", c.name, got, other, c.want)
		}
	}
}
