package answer

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// shuffled is a reply's records in each section, as they come with a seed.
func shuffled(t *testing.T, r *Reply, q *Query, seed uint64) (answers, extra []string) {
	t.Helper()
	m := r.Append(nil, q)
	Shuffle(m, seed)
	got := new(dns.Msg)
	if err := got.Unpack(m); err != nil {
		t.Fatal(err)
	}
	for _, rr := range got.Answer {
		answers = append(answers, rr.String())
	}
	for _, rr := range got.Extra {
		extra = append(extra, rr.String())
	}
	return answers, extra
}

// Every order of addresses comes about as often as others, and nothing but the order is another.
func TestShuffle(t *testing.T) {
	for _, all := range [][]string{{"10.0.0.1", "10.0.0.2", "10.0.0.3"}, {"fd00::1", "fd00::2", "fd00::3"}, {"10.0.0.1", "10.0.0.2"}, {"fd00::1"}} {
		var addrs []netip.Addr
		for _, a := range all {
			addrs = append(addrs, netip.MustParseAddr(a))
		}
		typ := dns.TypeA
		if addrs[0].Is6() {
			typ = dns.TypeAAAA
		}
		q := new(Query)
		m := new(dns.Msg).SetQuestion("h.n.svc.cluster.local.", typ)
		m.SetEdns0(1232, false)
		if err := q.SetMsg(m, false); err != nil {
			t.Fatal(err)
		}
		r := &Reply{Set: Addresses(typ, 5, addrs), CNAMEs: []string{"a.example.org.", "b.example.org."}}
		orders, turns := map[string]int{}, 6000
		for seed := range turns {
			got, _ := shuffled(t, r, q, uint64(seed))
			if len(got) != 2+len(all) || !strings.Contains(got[0], "CNAME\ta.") || !strings.Contains(got[1], "CNAME\tb.") {
				t.Fatalf("got %q, want aliases in front", got)
			}
			orders[fmt.Sprint(got[2:])]++
		}
		want := 1
		for n := range len(all) {
			want *= n + 1
		}
		if len(orders) != want {
			t.Errorf("%v: got %d orders, want %d", all, len(orders), want)
		}
		for order, n := range orders {
			if each := turns / want; n < each*8/10 || n > each*12/10 {
				t.Errorf("%s: %d times of %d, want about %d", order, n, turns, each)
			}
		}
	}
}

// Glue is shuffled if all of it is of one family, and SRV records stay as they are, and the OPT at the end.
func TestShuffleGlue(t *testing.T) {
	for _, c := range []struct {
		other string
		moves bool
	}{{"10.0.0.9", true}, {"fd00::9", false}} {
		q := new(Query)
		m := new(dns.Msg).SetQuestion("_http._tcp.h.n.svc.cluster.local.", dns.TypeSRV)
		m.SetEdns0(1232, false)
		if err := q.SetMsg(m, false); err != nil {
			t.Fatal(err)
		}
		var srv []SRV
		var glue []Glue
		for i, a := range []string{"10.0.0.1", "10.0.0.2", c.other} {
			srv, glue = append(srv, SRV{fmt.Sprint("a", i), 33, 80}), append(glue, Glue{i, netip.MustParseAddr(a)})
		}
		r := &Reply{Set: Services(5, "h.n.svc", srv, glue)}
		answers, extra := shuffled(t, r, q, 0)
		moved := false
		for seed := range uint64(50) {
			a, e := shuffled(t, r, q, seed)
			if !slices.Equal(a, answers) || e[len(e)-1] != extra[len(extra)-1] {
				t.Fatalf("got %q and %q, want only the glue of %q in another order", a, e, extra)
			}
			moved = moved || !slices.Equal(e, extra)
			if slices.Sort(e); !slices.Equal(e, slices.Sorted(slices.Values(extra))) {
				t.Fatalf("got glue %q, want that of %q", e, extra)
			}
		}
		if moved != c.moves {
			t.Errorf("glue with %s: moved %t, want %t", c.other, moved, c.moves)
		}
	}
}
