package zone

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// held is holders in the slow way.
type held map[netip.Addr][]*ident

func checkHolders(t *testing.T, got *holders[ident], want held, spans []span) {
	t.Helper()
	if got.len() != len(want) {
		t.Fatalf("len: got %d, want %d", got.len(), len(want))
	}
	for a, all := range want {
		var each []*ident
		got.each(a, func(id *ident) { each = append(each, id) })
		if alone, _ := got.at(a); !slices.Equal(each, all) || !got.has(a) || (len(all) == 1) != (alone != nil) {
			t.Fatalf("%s: got %v, want %v", a, each, all)
		}
	}
	for _, s := range spans {
		in := map[netip.Addr]bool{}
		for a := range want {
			if k, width := addressKey(a); width == s.width && s.has(k) {
				in[a] = true
			}
		}
		if got.any(s) != (len(in) > 0) {
			t.Fatalf("any %v: got %t", s, got.any(s))
		}
		got.under(s, func(a netip.Addr, all ...*ident) bool {
			if !in[a] || !slices.Equal(all, want[a]) {
				t.Fatalf("under %v: got %s of %v", s, a, all)
			}
			delete(in, a)
			return true
		})
		if len(in) > 0 {
			t.Fatalf("under %v: %v are missing", s, in)
		}
		n, enough := 0, 1+len(want)/4
		got.under(s, func(netip.Addr, ...*ident) bool {
			n++
			return n < enough
		})
		if n > enough {
			t.Fatalf("under %v: got %d after %d were enough", s, n, enough)
		}
	}
}

func TestHolders(t *testing.T) {
	ids := []*ident{newIdent("a", "a"), newIdent("a", "b"), newIdent("a", "c")}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		address := func() netip.Addr {
			if r.IntN(3) == 0 {
				return netip.AddrFrom16([16]byte{0xfd, byte(r.IntN(3)), 7: byte(r.IntN(2)), 15: byte(r.IntN(20))})
			}
			return netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.IntN(2)), byte(r.IntN(40))})
		}
		var spans []span
		for range 40 {
			k, width := addressKey(address())
			n := uint8(r.IntN(int(width) + 1))
			spans = append(spans, span{k.prefix(n), n, width})
		}
		type version struct {
			holders holders[ident]
			held    held
		}
		now := version{held: held{}}
		var all []version
		for range 10 {
			e := &edit{}
			before := now.held
			now.held = held{}
			for a, ids := range before {
				now.held[a] = ids
			}
			for range r.IntN(100) {
				a, id := address(), ids[r.IntN(len(ids))]
				i := slices.Index(now.held[a], id)
				if r.IntN(2) == 0 {
					now.holders.add(e, a, id)
					if i < 0 {
						now.held[a] = append(slices.Clip(now.held[a]), id)
					}
					continue
				}
				now.holders.remove(e, a, id)
				switch {
				case i >= 0 && len(now.held[a]) == 1:
					delete(now.held, a)
				case i >= 0:
					now.held[a] = slices.Concat(now.held[a][:i], now.held[a][i+1:])
				}
			}
			all = append(all, now)
		}
		for _, v := range all {
			checkHolders(t, &v.holders, v.held, spans)
		}
		now.holders.pack(&edit{})
		checkHolders(t, &now.holders, now.held, spans)
	}
}
