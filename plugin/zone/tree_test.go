package zone

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// truth is a tree in the slow way: a map, and a sorted slice when order is asked for.
type truth map[key]int

func (t truth) sorted() []key {
	return slices.SortedFunc(maps.Keys(t), func(a, b key) int {
		for i := range uint8(32) {
			if x, y := a.nibble(i), b.nibble(i); x != y {
				return int(x) - int(y)
			}
		}
		return 0
	})
}

func (t truth) below(k key, n uint8) bool {
	for other := range t {
		if other.prefix(n) == k.prefix(n) {
			return true
		}
	}
	return false
}

// treeKey is a key of few different nibbles, so that keys share long starts.
func treeKey(r *rand.Rand, width uint8) key {
	var k key
	for i := range width {
		n := uint64(r.IntN(3))
		switch {
		case r.IntN(4) > 0:
			continue
		case r.IntN(8) == 0:
			n = 15
		}
		if i < 16 {
			k.hi |= n << (60 - 4*i)
		} else {
			k.lo |= n << (60 - 4*(i-16))
		}
	}
	return k
}

func checkTree(t *testing.T, got tree[int], want truth, width uint8, probes []key) {
	t.Helper()
	if got.len != len(want) {
		t.Fatalf("len: got %d, want %d", got.len, len(want))
	}
	var values, sorted []int
	got.each(func(v int) { values = append(values, v) })
	for _, k := range want.sorted() {
		sorted = append(sorted, want[k])
	}
	if !slices.Equal(values, sorted) {
		t.Fatalf("each: got %v, want %v", values, sorted)
	}
	for _, k := range append(probes, want.sorted()...) {
		v, ok := got.get(k, width)
		if w, is := want[k]; v != w || ok != is {
			t.Fatalf("get %x: got %d, %t, want %d, %t", k, v, ok, w, is)
		}
		for _, n := range []uint8{0, 1, width / 2, width - 1, width} {
			if b, w := got.below(k, n), want.below(k, n); b != w {
				t.Fatalf("below %x, %d: got %t, want %t", k, n, b, w)
			}
		}
	}
	order := want.sorted()
	for i, k := range probes[:min(8, len(probes))] {
		n := uint8(i) * width / 8
		var under, wanted []key
		got.under(k, n, func(k key, _ int) bool {
			under = append(under, k)
			return true
		})
		for _, other := range order {
			if other.prefix(n) == k.prefix(n) {
				wanted = append(wanted, other)
			}
		}
		if !slices.Equal(under, wanted) {
			t.Fatalf("under %x, %d: got %v, want %v", k, n, under, wanted)
		}
	}
}

func TestTree(t *testing.T) {
	type version struct {
		tree  tree[int]
		truth truth
	}
	for _, width := range []uint8{width4, widthHash, width6} {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, uint64(width)))
			now := version{truth: truth{}}
			var versions []version
			var probes []key
			for range 12 {
				e := &edit{}
				now.truth = maps.Clone(now.truth)
				for range r.IntN(30) {
					k := treeKey(r, width)
					probes = append(probes, k)
					if r.IntN(3) == 0 {
						delete(now.truth, k)
						now.tree = now.tree.drop(e, k, width)
					} else {
						v := r.IntN(1000)
						now.truth[k] = v
						now.tree = now.tree.set(e, k, width, v)
					}
				}
				versions = append(versions, now)
			}
			for _, v := range versions { // the old ones are what they were
				checkTree(t, v.tree, v.truth, width, probes)
			}
			e := &edit{}
			for k := range now.truth {
				now.tree = now.tree.drop(e, k, width)
			}
			checkTree(t, now.tree, truth{}, width, probes)
			if now.tree.root != nil {
				t.Fatal("something is left of an empty tree")
			}
		}
	}
}

// FuzzTree reads steps from bytes: an operation, then a key of width4.
func FuzzTree(f *testing.F) {
	f.Add([]byte("\x00\x0a\x00\x00\x01\x00\x0a\x00\x00\x02\x01\x0a\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var now, kept tree[int]
		want, before := truth{}, truth{}
		var probes []key
		e := &edit{}
		for i := 0; len(b) >= 5 && i < 200; i, b = i+1, b[5:] {
			k := key{hi: uint64(b[1])<<56 | uint64(b[2])<<48 | uint64(b[3])<<40 | uint64(b[4])<<32}
			probes = append(probes, k)
			switch b[0] % 4 {
			case 0, 1:
				now, want[k] = now.set(e, k, width4, i), i
			case 2:
				now = now.drop(e, k, width4)
				delete(want, k)
			case 3:
				e, kept, before = &edit{}, now, maps.Clone(want)
			}
		}
		checkTree(t, now, want, width4, probes)
		checkTree(t, kept, before, width4, probes)
	})
}
