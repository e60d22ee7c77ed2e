package zone

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// truth is a tree in the slow way: a map, and a sorted slice when order is asked for.
type truth[K ordered[K]] map[K]int

// trial is a kind of keys: how to make one from a number below 1<<12, near others in one part of the bits, and how to
// order them.
type trial[K ordered[K]] struct {
	key     func(n, scale uint64) K
	compare func(a, b K) int
}

var (
	trial4 = trial[key4]{func(n, scale uint64) key4 { return key4(n << (scale % 21)) }, cmp.Compare[key4]}
	trial6 = trial[key]{func(n, scale uint64) key { // from within lo to within hi
		return [...]key{{0, n}, {n >> 6, n << 58}, {n, 0}, {n << 52, 7}}[scale%4]
	}, func(a, b key) int { return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo)) }}
	trialHandle = trial[handle]{func(n, scale uint64) handle { return handle(n << (scale % 53)) }, cmp.Compare[handle]}
)

func (c trial[K]) sorted(t truth[K]) []K { return slices.SortedFunc(maps.Keys(t), c.compare) }

// check compares all that can be read of a tree.
func (c trial[K]) check(t *testing.T, got tree[K, int], want truth[K], probes []K) {
	t.Helper()
	if got.len != len(want) {
		t.Fatalf("len: got %d, want %d", got.len, len(want))
	}
	order := c.sorted(want)
	var values, wanted []int
	got.each(func(v int) { values = append(values, v) })
	for _, k := range order {
		wanted = append(wanted, want[k])
	}
	if !slices.Equal(values, wanted) {
		t.Fatalf("each: got %v, want %v", values, wanted)
	}
	for _, k := range append(slices.Clip(probes), order...) {
		v, ok := got.get(k)
		if w, is := want[k]; v != w || ok != is {
			t.Fatalf("get %v: got %d, %t, want %d, %t", k, v, ok, w, is)
		}
	}
	for _, k := range probes[:min(8, len(probes))] {
		first, _ := slices.BinarySearchFunc(order, k, c.compare)
		if next, ok := got.next(k); ok != (first < len(order)) || ok && next != order[first] {
			t.Fatalf("next %v: got %v, %t", k, next, ok)
		}
		enough := 1 + len(order)/3
		var from []K
		got.from(k, func(k K, v int) bool {
			if v != want[k] {
				t.Fatalf("from: got %d at %v, want %d", v, k, want[k])
			}
			from = append(from, k)
			return len(from) < enough
		})
		if wanted := order[first:min(len(order), first+enough)]; !slices.Equal(from, wanted) {
			t.Fatalf("from %v: got %v, want %v", k, from, wanted)
		}
	}
	c.checkShape(t, got)
}

// checkShape holds what a tree promises of its branches.
func (c trial[K]) checkShape(t *testing.T, got tree[K, int]) {
	t.Helper()
	if got.root == nil {
		return
	}
	var depths []int
	var look func(n *branch[K, int], depth int, least, above *K)
	look = func(n *branch[K, int], depth int, least, above *K) {
		if len(n.keys) == 0 || len(n.keys) > full || len(n.keys) != len(n.kids)+len(n.vals) || len(n.kids) == 1 {
			t.Fatalf("a branch of %d keys, %d kids, %d values", len(n.keys), len(n.kids), len(n.vals))
		}
		for i := range n.kids {
			from, to := least, above
			if kid := n.kids[i]; kid.kids != nil && kid.keys[0] != n.keys[i] {
				t.Fatalf("a kid of another key, %v and %v", kid.keys[0], n.keys[i])
			}
			if i > 0 {
				from = &n.keys[i]
			}
			if i+1 < len(n.keys) {
				to = &n.keys[i+1]
			}
			look(n.kids[i], depth+1, from, to)
		}
		if n.kids != nil {
			return
		}
		depths = append(depths, depth)
		for _, k := range n.keys {
			if least != nil && c.compare(k, *least) < 0 || above != nil && c.compare(k, *above) >= 0 {
				t.Fatalf("%v is where it is not looked for", k)
			}
		}
	}
	look(got.root, 0, nil, nil)
	if slices.Min(depths) != slices.Max(depths) {
		t.Fatalf("leaves of depths %d to %d", slices.Min(depths), slices.Max(depths))
	}
	if most := 1 + 2*got.len/few; len(depths) > most {
		t.Fatalf("%d leaves of %d keys, want at most %d", len(depths), got.len, most)
	}
}

// random makes changes at random, most of them of few keys and some of many, and looks at each version when there are
// newer ones.
func (c trial[K]) random(t *testing.T, seed uint64) {
	type version struct {
		tree  tree[K, int]
		truth truth[K]
	}
	r := rand.New(rand.NewPCG(seed, 0))
	scale, dense := r.Uint64(), r.Uint64N(4) > 0
	now := version{truth: truth[K]{}}
	var versions []version
	var probes []K
	for range 16 {
		e := &edit{bulk: r.IntN(3) == 0}
		now.truth = maps.Clone(now.truth)
		drops, start := r.IntN(4), r.Uint64N(1<<12)
		for i := range [...]int{1, 3, 30, 1500}[r.IntN(4)] {
			n := r.Uint64N(1 << 12)
			if dense {
				n = (start + uint64(i)) % (1 << 12)
			}
			k := c.key(n, scale)
			if len(probes) < 500 {
				probes = append(probes, k)
			}
			if r.IntN(4) < drops {
				delete(now.truth, k)
				now.tree = now.tree.drop(e, k)
			} else {
				v := r.IntN(1000)
				now.truth[k] = v
				now.tree = now.tree.set(e, k, v)
			}
		}
		if r.IntN(4) == 0 {
			now.tree = now.tree.packed(e)
		}
		versions = append(versions, now)
	}
	for _, v := range versions { // the old ones are what they were
		c.check(t, v.tree, v.truth, probes)
	}
	e, left := &edit{}, maps.Clone(now.truth)
	for i, k := range c.shuffled(r, now.truth) {
		now.tree = now.tree.drop(e, k)
		delete(left, k)
		if i%100 == 0 {
			c.check(t, now.tree, left, probes)
		}
	}
	if now.tree.root != nil || now.tree.len != 0 {
		t.Fatal("something is left of an empty tree")
	}
	c.check(t, versions[len(versions)-1].tree, now.truth, probes)
}

func (c trial[K]) shuffled(r *rand.Rand, t truth[K]) []K {
	all := c.sorted(t)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func TestTree(t *testing.T) {
	for seed := range uint64(25) {
		trial4.random(t, seed)
		trial6.random(t, seed)
		trialHandle.random(t, seed)
	}
}

// TestTreeShrinks fills trees of some depth, forwards, backwards and at random, and empties them so far that branches of all
// depths are joined.
func TestTreeShrinks(t *testing.T) {
	const n = 8000
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 0))
		e, now, want := &edit{}, tree[key4, int]{}, truth[key4]{}
		for round := range 3 {
			for i, k := range r.Perm(n) {
				switch (int(seed) + round) % 4 {
				case 0:
					k = i
				case 1:
					k = n - 1 - i
				}
				now, want[key4(k)] = now.set(e, key4(k), i), i
				if i%50 == 0 {
					e = &edit{}
				}
			}
			trial4.check(t, now, want, nil)
			gap := 2 << r.IntN(8)
			from := r.IntN(n)
			for i := range n {
				if k := key4((from + i*7) % n); int(k)%gap > 0 || int(k) < n/8 {
					now = now.drop(e, k)
					delete(want, k)
				}
				if i%50 == 0 {
					e = &edit{}
				}
				if i%500 == 0 {
					trial4.check(t, now, want, nil)
				}
			}
			for k := range n / 8 { // below what is left
				k := key4(n/8 - 1 - k)
				now, want[k] = now.set(e, k, 1), 1
			}
			trial4.check(t, now, want, nil)
		}
	}
}

// TestTreeIsDense counts the branches of trees that were packed, or made in order.
func TestTreeIsDense(t *testing.T) {
	const n = 100_000
	e, at := &edit{bulk: true}, tree[key4, int]{}
	for i := range n {
		at = at.set(e, key4(i), i)
	}
	for what, at := range map[string]tree[key4, int]{"made in order": at, "packed": at.packed(e)} {
		leaves := 0
		var count func(*branch[key4, int])
		count = func(n *branch[key4, int]) {
			if n.kids == nil {
				leaves++
			}
			for _, kid := range n.kids {
				count(kid)
			}
		}
		count(at.root)
		if want := (n + full - 1) / full; leaves != want {
			t.Errorf("%s: got %d leaves, want %d", what, leaves, want)
		}
	}
}

// FuzzTree reads steps from bytes: an operation, then a key.
func FuzzTree(f *testing.F) {
	f.Add([]byte("\x00\x0a\x01\x01\x0a\x02\x02\x0a\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var now, kept tree[key4, int]
		want, before := truth[key4]{}, truth[key4]{}
		var probes []key4
		e := &edit{}
		for i := 0; len(b) >= 3 && i < 2000; i, b = i+1, b[3:] {
			k := key4(b[1])<<8 | key4(b[2])
			probes = append(probes, k)
			switch b[0] % 16 {
			default:
				now, want[k] = now.set(e, k, i), i
			case 8, 9, 10, 11, 12, 13:
				now = now.drop(e, k)
				delete(want, k)
			case 14:
				now = now.packed(e)
			case 15:
				e, kept, before = &edit{}, now, maps.Clone(want)
			}
		}
		trial4.check(t, now, want, probes)
		trial4.check(t, kept, before, probes)
	})
}
