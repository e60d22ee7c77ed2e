package zone

// tree is a table from keys to values in the order of the keys, a B+ tree: its leaves hold keys and values side by side
// in arrays, so that an entry takes little more than both. It is immutable: a change makes a new tree that shares what it
// did not touch, so a reader holds one as long as it likes, without a lock. The zero value is an empty tree.
type tree[K ordered[K], V any] struct {
	root *branch[K, V]
	len  int
}

// ordered is what keys can do.
type ordered[K any] interface {
	comparable
	rank(of []K) int // how many of them, which are in order, are not above this one
}

// branch is a leaf if it has no kids. An array with spare room belongs to the branch; one without may be shared with
// other versions of it, and is not written to.
type branch[K ordered[K], V any] struct {
	edit *edit
	keys []K             // of a leaf: those of its values; else: what separates each kid from that in front of it; an inner kid's first is the same
	vals []V             // of a leaf
	kids []*branch[K, V] // two at least, all of one depth
}

// full is how many kids or values a branch has at most. A branch is copied when one changes, and its own size is spread
// over all.
const full = 32

// get is the value of a key.
func (t tree[K, V]) get(k K) (v V, ok bool) {
	n := t.root
	if n == nil {
		return v, false
	}
	for n.kids != nil {
		n = n.kids[n.way(k)]
	}
	if i, ok := n.place(k); ok {
		return n.vals[i], true
	}
	return v, false
}

// find is get for keys of names, which most questions need.
func find[V any](t *tree[key, V], k key) (v V, ok bool) {
	n := t.root
	if n == nil {
		return v, false
	}
	for n.kids != nil {
		n = n.kids[k.rankHash(n.keys[1:])]
	}
	if i := k.rankHash(n.keys) - 1; i >= 0 && n.keys[i] == k {
		return n.vals[i], true
	}
	return v, false
}

// way is which kid has the key, if any has.
func (n *branch[K, V]) way(k K) int { return k.rank(n.keys[1:]) }

// place is where the key is, or belongs, in a leaf.
func (n *branch[K, V]) place(k K) (int, bool) {
	i := k.rank(n.keys)
	if i > 0 && n.keys[i-1] == k {
		return i - 1, true
	}
	return i, false
}

// next is the first key that is not below k.
func (t tree[K, V]) next(k K) (next K, ok bool) {
	n := t.root
	if n == nil {
		return next, false
	}
	var beside *branch[K, V]
	for n.kids != nil {
		i := n.way(k)
		if i+1 < len(n.kids) {
			beside = n.kids[i+1]
		}
		n = n.kids[i]
	}
	if i, _ := n.place(k); i < len(n.keys) {
		return n.keys[i], true
	}
	if beside == nil {
		return next, false
	}
	for beside.kids != nil {
		beside = beside.kids[0]
	}
	return beside.keys[0], true
}

// from calls f for the key and every one behind it, in order, until f returns false.
func (t tree[K, V]) from(k K, f func(K, V) bool) {
	n := t.root
	if n == nil {
		return
	}
	for n.kids != nil {
		n = n.kids[n.way(k)]
	}
	for i, _ := n.place(k); i < len(n.keys); i++ {
		if !f(n.keys[i], n.vals[i]) {
			return
		}
	}
	t.root.behind(k, f)
}

// behind calls f for all behind the leaf of the key, until f returns false, and reports whether it never did.
func (n *branch[K, V]) behind(k K, f func(K, V) bool) bool {
	if n.kids == nil {
		return true
	}
	i := n.way(k)
	return n.kids[i].behind(k, f) && n.each(i+1, f)
}

// each calls f for every value, in the order of the keys.
func (t tree[K, V]) each(f func(V)) {
	if t.root != nil {
		t.root.each(0, func(_ K, v V) bool {
			f(v)
			return true
		})
	}
}

// each calls f for the kids or values from one on, until f returns false, and reports whether it never did.
func (n *branch[K, V]) each(from int, f func(K, V) bool) bool {
	for i := from; i < len(n.vals); i++ {
		if !f(n.keys[i], n.vals[i]) {
			return false
		}
	}
	for i := from; i < len(n.kids); i++ {
		if !n.kids[i].each(0, f) {
			return false
		}
	}
	return true
}
