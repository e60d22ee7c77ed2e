package cluster

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// randomEndpoints is some endpoints, of one family or of both, with names or without.
func randomEndpoints(r *rand.Rand) []Endpoint {
	var list []Endpoint
	family, named := r.IntN(3), r.IntN(3)
	for range r.IntN(12) {
		e := Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(3))})}
		if family == 1 || family == 2 && r.IntN(2) == 0 {
			e.Addr = netip.AddrFrom16([16]byte{0xfd, 15: byte(r.IntN(3))})
		}
		if named > 0 && r.IntN(named) == 0 {
			e.Name = strings.Repeat("n", r.IntN(4))
		}
		list = append(list, e)
	}
	return list
}

func addrsIn(list []Endpoint) (all []netip.Addr) {
	for _, e := range list {
		all = append(all, e.Addr)
	}
	return all
}

func indexFrom(list []Endpoint, from int, is func(Endpoint) bool) int {
	if i := slices.IndexFunc(list[from:], is); i >= 0 {
		return from + i
	}
	return -1
}

// Packed lists are what the slices are that they are made of.
func TestEndpoints(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 7))
		list, other := randomEndpoints(r), randomEndpoints(r)
		if r.IntN(2) == 0 { // a little different
			other = slices.Clone(list)
			if n := len(other); n > 0 {
				i := r.IntN(n)
				other = slices.Replace(other, i, min(n, i+r.IntN(3)), randomEndpoints(r)[:]...)
			}
		}
		a, b := EndpointsOf(list...), EndpointsOf(other...)
		var got []Endpoint
		for i, e := range a.All() {
			if e != a.At(i) || e.Addr != a.Addr(i) || e.Name != a.Name(i) {
				t.Fatalf("%v: got %v at %d, and %v", list, a.At(i), i, e)
			}
			got = append(got, e)
		}
		if !slices.Equal(got, list) || a.Len() != len(list) {
			t.Fatalf("got %v, want %v", got, list)
		}
		if all := slices.Collect(a.Addrs().All()); !slices.Equal(all, addrsIn(list)) {
			t.Fatalf("got addresses %v of %v", all, list)
		}
		for _, e := range other {
			if got, want := a.Addrs().Has(e.Addr), slices.Contains(addrsIn(list), e.Addr); got != want {
				t.Fatalf("%v has %v: got %t", list, e.Addr, got)
			}
		}
		for from := range len(list) + 1 {
			for _, e := range other {
				own := func(has Endpoint) bool {
					return has.Name == "" && has.Addr == e.Addr || has.Name != "" && has.Name == e.Name
				}
				if got, want := a.Index([]byte(e.Name), e.Addr, from), indexFrom(list, from, own); got != want {
					t.Fatalf("%v from %d: %v: got %d, want %d", list, from, e, got, want)
				}
				same := func(has Endpoint) bool { return has.Addr == e.Addr }
				if got, want := a.Addrs().Index(e.Addr, from), indexFrom(list, from, same); got != want {
					t.Fatalf("%v from %d: %v: got %d, want %d", list, from, e.Addr, got, want)
				}
				named := func(has Endpoint) bool { return has.Name != "" && has.Name == e.Name }
				if got, want := a.Index([]byte(e.Name), netip.Addr{}, from), indexFrom(list, from, named); got != want {
					t.Fatalf("%v from %d: %q: got %d, want %d", list, from, e.Name, got, want)
				}
			}
		}
		if got, want := a.Equal(b), slices.Equal(list, other); got != want {
			t.Fatalf("%v and %v: equal: got %t", list, other, got)
		}
		if got, want := a.Addrs() == b.Addrs(), slices.Equal(addrsIn(list), addrsIn(other)); got != want {
			t.Fatalf("%v and %v: same addresses: got %t", list, other, got)
		}
		s, n, m := Between(len(list), len(other), func(i, j int) bool { return list[i] == other[j] })
		if start, endA, endB := a.Between(b); start != s || endA != n || endB != m {
			t.Fatalf("%v and %v: differ between %d, %d, %d, want %d, %d, %d", list, other, start, endA, endB, s, n, m)
		}
		for i := range list {
			for j := range other {
				if got, want := a.SameAt(i, b, j), list[i] == other[j]; got != want {
					t.Fatalf("%v and %v: got %t", list[i], other[j], got)
				}
			}
		}
	}
}

// More names than two bytes can tell the ends of.
func TestManyNames(t *testing.T) {
	var b EndpointsBuilder
	name := func(i int) string { return fmt.Sprintf("%d-%s", i, strings.Repeat("x", i%50)) }
	for i := range 5000 {
		b.Add(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), name(i))
	}
	l := b.Endpoints()
	for i := range 5000 {
		if got, want := l.Name(i), name(i); got != want {
			t.Fatalf("%d: got %q, want %q", i, got, want)
		}
	}
	for i := 0; i < 5000; i += 499 {
		at, again := l.Index([]byte(name(i)), netip.Addr{}, 0), l.Index([]byte(name(i)), netip.Addr{}, i+1)
		if at != i || again != -1 {
			t.Fatalf("%d: got %d, and %d behind it, want -1", i, at, again)
		}
	}
	few := EndpointsOf(slices.Collect(func(yield func(Endpoint) bool) {
		for i := range 100 {
			yield(l.At(i))
		}
	})...)
	if start, _, end := l.Between(few); start != 100 || end != 100 {
		t.Errorf("got %d and %d, want 100", start, end)
	}
}

func TestPorts(t *testing.T) {
	a, b := Port{"http", "tcp", 80}, Port{"dns", "udp", 53}
	if PortsOf().All() != nil || !PortsOf().Equal(Ports{}) || PortsOf(a).Equal(Ports{}) {
		t.Error("none is not none")
	}
	if !slices.Equal(PortsOf(a, b).All(), []Port{a, b}) || !PortsOf(a, b).Equal(PortsOf(a, b)) || PortsOf(a, b).Equal(PortsOf(b, a)) {
		t.Error("got other ports than were given")
	}
}

// TestFirst: the first of a family, and whether it is the only one.
func TestFirst(t *testing.T) {
	four, six := addr("10.0.0.1"), addr("fd00::1")
	for _, c := range []struct {
		list           []netip.Addr
		first4, first6 netip.Addr
		more4, more6   bool
	}{
		{},
		{list: []netip.Addr{four}, first4: four},
		{list: []netip.Addr{six}, first6: six},
		{list: []netip.Addr{six, four}, first4: four, first6: six},
		{list: []netip.Addr{four, addr("10.0.0.2")}, first4: four, more4: true},
		{list: []netip.Addr{four, six, addr("fd00::2"), addr("fd00::3")}, first4: four, first6: six, more6: true},
	} {
		l := AddrsOf(c.list...)
		if a, more := l.First(true); a != c.first4 || more != c.more4 {
			t.Errorf("%v: got %v, more %t", c.list, a, more)
		}
		if a, more := l.First(false); a != c.first6 || more != c.more6 {
			t.Errorf("%v: got %v, more %t", c.list, a, more)
		}
	}
}
