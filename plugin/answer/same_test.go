package answer

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

func TestSame(t *testing.T) {
	a, b, six := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::1")
	set := func(s *Set) *Reply { return &Reply{Set: s} }
	few := func(addrs ...netip.Addr) *Reply {
		r := &Reply{}
		r.SetFew(addrs...)
		return r
	}
	srv := func(rel string, srv ...SRV) *Reply { return set(Services(5, rel, srv, nil)) }
	names := func(names ...Name) *Reply { return set(Names(dns.TypePTR, 5, names, nil)) }
	for _, c := range []struct {
		what     string
		one, two *Reply
		want     bool
	}{
		{"nothing", &Reply{}, set(nil), true},
		{"few and a set", few(a, b), set(Addresses(dns.TypeA, 5, []netip.Addr{b, a})), true},
		{"an address more", few(a), few(a, b), false},
		{"another address", set(Addresses(dns.TypeA, 5, []netip.Addr{b, a})), few(a, a), false},
		{"of the other family", few(six), set(Addresses(dns.TypeAAAA, 5, []netip.Addr{six})), true},
		{"nothing and an address", &Reply{}, few(a), false},
		{"aliases", &Reply{CNAMEs: []string{"a."}}, &Reply{CNAMEs: []string{"b."}}, false},
		{"the same alias", &Reply{CNAMEs: []string{"a."}}, &Reply{CNAMEs: []string{"a."}}, true},
		{"services in another order", srv("x", SRV{"a", 1, 2}, SRV{"b", 1, 2}), srv("x", SRV{"b", 1, 2}, SRV{"a", 1, 2}), true},
		{"of another weight", srv("x", SRV{"a", 1, 2}), srv("x", SRV{"a", 1, 3}), false},
		{"of another port", srv("x", SRV{"a", 1, 2}), srv("x", SRV{"a", 2, 2}), false},
		{"elsewhere", srv("x", SRV{"a", 1, 2}), srv("y", SRV{"a", 1, 2}), false},
		{"glue does not count", srv("x", SRV{"a", 1, 2}), set(Services(5, "x", []SRV{{"a", 1, 2}}, []Glue{{0, a}})), true},
		{"names in another order", names(Name{"a", "x"}, Name{"b", "x"}), names(Name{"b", "x"}, Name{"a", "x"}), true},
		{"another name", names(Name{"a", "x"}), names(Name{"a", "y"}), false},
		{"another type", names(Name{"a", "x"}), set(Names(dns.TypeNS, 5, []Name{{"a", "x"}}, nil)), false},
		{"another TTL", names(Name{"a", "x"}), set(Names(dns.TypePTR, 6, []Name{{"a", "x"}}, nil)), false},
		{"another text", set(Text(5, "a")), set(Text(5, "b")), false},
	} {
		if c.one.Same(c.two) != c.want || c.two.Same(c.one) != c.want {
			t.Errorf("%s: want %t", c.what, c.want)
		}
	}
}

// Records are all of them, in batches, whether they fit a message or not.
func TestRecords(t *testing.T) {
	var addrs []netip.Addr
	for i := range 6000 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	q := &Query{}
	if err := q.SetName("a.example."); err != nil {
		t.Fatal(err)
	}
	r := &Reply{CNAMEs: []string{"b.example."}, Set: Addresses(dns.TypeA, 5, addrs)}
	n, batches := -1, 0
	for rrs := range r.Records(q, 1000) {
		batches++
		for _, rr := range rrs {
			if n < 0 {
				if c, ok := rr.(*dns.CNAME); !ok || c.Hdr.Name != "a.example." || c.Target != "b.example." {
					t.Errorf("the first is %v", rr)
				}
			} else if a, ok := rr.(*dns.A); !ok || a.Hdr.Name != "b.example." || a.A.String() != addrs[n].String() {
				t.Fatalf("record %d is %v", n, rr)
			}
			n++
		}
	}
	if n != len(addrs) || batches != 7 {
		t.Errorf("got %d records in %d batches, want %d in 7", n, batches, len(addrs))
	}
	for range r.Records(q, 1000) {
		break // and an end when nobody wants more
	}
}
