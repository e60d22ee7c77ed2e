package zone

import "slices"

// edit marks the branches that one update made, which it may therefore still change. An update starts one, and works on
// the newest version of a tree alone.
type edit struct {
	bulk   bool // it makes whole trees, which are packed then
	shared any  // the last sharers that it made
}

// few is below how many kids or values a branch is joined with the one beside it.
const few = full / 4

// set is the tree with the key's value.
func (t tree[K, V]) set(e *edit, k K, v V) tree[K, V] {
	if t.root == nil {
		return tree[K, V]{&branch[K, V]{edit: e, keys: []K{k}, vals: []V{v}}, 1}
	}
	added := false
	left, right := t.root.set(e, k, v, &added)
	t.root = left
	if right != nil {
		t.root = &branch[K, V]{edit: e, keys: []K{left.keys[0], right.keys[0]}, kids: []*branch[K, V]{left, right}}
	}
	if added {
		t.len++
	}
	return t
}

// set is the branch with the key's value; it is two if it was full.
func (n *branch[K, V]) set(e *edit, k K, v V, added *bool) (left, right *branch[K, V]) {
	if n.kids == nil {
		i, ok := n.place(k)
		n = n.own(e)
		if ok {
			n.vals = replaced(n.vals, i, v)
			return n, nil
		}
		*added = true
		n.keys, n.vals = inserted(e, n.keys, i, k), inserted(e, n.vals, i, v)
		return n.split(e, i)
	}
	i := n.way(k)
	kid, beside := n.kids[i].set(e, k, v, added)
	n = n.own(e)
	if kid != n.kids[i] {
		n.kids = replaced(n.kids, i, kid)
	}
	if beside == nil {
		return n, nil
	}
	n.keys, n.kids = inserted(e, n.keys, i+1, beside.keys[0]), inserted(e, n.kids, i+1, beside)
	return n.split(e, i+1)
}

// split is the branch, which this update made, or the halves of it if it has too many. What comes in order comes last
// each time, and leaves full branches behind.
func (n *branch[K, V]) split(e *edit, last int) (left, right *branch[K, V]) {
	if len(n.keys) <= full {
		return n, nil
	}
	m := len(n.keys) / 2
	switch {
	case last < len(n.keys)-1:
	case n.kids == nil:
		m = last
	default:
		m = last - 1 // two kids at least, so that each has one beside it to be joined with
	}
	right = &branch[K, V]{edit: e}
	n.keys, right.keys = halves(e, n.keys, m)
	if n.kids == nil {
		n.vals, right.vals = halves(e, n.vals, m)
	} else {
		n.kids, right.kids = halves(e, n.kids, m)
	}
	return n, right
}

// drop is the tree without the key.
func (t tree[K, V]) drop(e *edit, k K) tree[K, V] {
	if _, ok := t.get(k); !ok {
		return t
	}
	t.root = t.root.drop(e, k)
	t.len--
	for len(t.root.kids) == 1 {
		t.root = t.root.kids[0]
	}
	if t.len == 0 {
		t.root = nil
	}
	return t
}

// drop is the branch without a key that it has: a leaf of none may be left of it, or a branch of one kid.
func (n *branch[K, V]) drop(e *edit, k K) *branch[K, V] {
	n = n.own(e)
	if n.kids == nil {
		i, _ := n.place(k)
		n.keys, n.vals = without(n.keys, i), without(n.vals, i)
		return n
	}
	i := n.way(k)
	kid := n.kids[i].drop(e, k)
	if kid != n.kids[i] {
		n.kids = replaced(n.kids, i, kid)
	}
	if len(kid.keys) < few {
		n.join(e, max(i, 1))
	}
	return n
}

// join makes one of the kid and that in front of it, or two of one size if they are too many.
func (n *branch[K, V]) join(e *edit, i int) {
	a, b := n.kids[i-1], n.kids[i]
	kid := &branch[K, V]{edit: e, keys: slices.Concat(a.keys, b.keys)}
	if a.kids == nil {
		kid.vals = slices.Concat(a.vals, b.vals)
	} else {
		kid.kids = slices.Concat(a.kids, b.kids)
	}
	left, right := kid.split(e, 0)
	n.kids = replaced(n.kids, i-1, left)
	if right == nil {
		n.keys, n.kids = without(n.keys, i), without(n.kids, i)
		return
	}
	n.keys, n.kids = replaced(n.keys, i, right.keys[0]), replaced(n.kids, i, right)
}

// own is the branch itself if this update made it, else a copy that shares its arrays.
func (n *branch[K, V]) own(e *edit) *branch[K, V] {
	if n.edit == e {
		return n
	}
	return &branch[K, V]{edit: e, keys: slices.Clip(n.keys), vals: slices.Clip(n.vals), kids: slices.Clip(n.kids)}
}

// packed is the tree with as few branches as it can have, and no room to spare.
func (t tree[K, V]) packed(e *edit) tree[K, V] {
	if t.root == nil {
		return t
	}
	var row []*branch[K, V]
	left := t.len
	t.root.each(0, func(k K, v V) bool {
		if last := len(row) - 1; last < 0 || len(row[last].keys) == full {
			n := min(left, full)
			row = append(row, &branch[K, V]{edit: e, keys: make([]K, 0, n), vals: make([]V, 0, n)})
			left -= n
		}
		n := row[len(row)-1]
		n.keys, n.vals = append(n.keys, k), append(n.vals, v)
		return true
	})
	for len(row) > 1 {
		above := make([]*branch[K, V], (len(row)+full-1)/full)
		for i := range above { // of one size: none has a single kid
			kids := row[i*len(row)/len(above) : (i+1)*len(row)/len(above)]
			above[i] = &branch[K, V]{edit: e, kids: slices.Clone(kids)}
			for _, kid := range kids {
				above[i].keys = append(above[i].keys, kid.keys[0])
			}
		}
		row = above
	}
	t.root = row[0]
	return t
}

// inserted is the array with one more at i.
func inserted[T any](e *edit, s []T, i int, v T) []T {
	if len(s) < cap(s) {
		return slices.Insert(s, i, v)
	}
	now := make([]T, len(s)+1, e.room(len(s)+1))
	copy(now, s[:i])
	now[i] = v
	copy(now[i+1:], s[i:])
	return now
}

// halves is the array up to m, and what is behind.
func halves[T any](e *edit, s []T, m int) (left, right []T) {
	right = append(make([]T, 0, e.room(len(s)-m)), s[m:]...)
	if !e.bulk {
		return slices.Clone(s[:m]), right
	}
	clear(s[m:])
	return s[:m], right
}

// room is how long an array for n should be.
func (e *edit) room(n int) int {
	if e.bulk {
		return full + 1
	}
	return (n + 3) / 4 * 4
}

// replaced is the array with another at i.
func replaced[T any](s []T, i int, v T) []T {
	if len(s) == cap(s) {
		s = append(make([]T, 0, len(s)+1), s...)
	}
	s[i] = v
	return s
}

// without is the array without that at i.
func without[T any](s []T, i int) []T {
	if len(s) < cap(s) {
		return slices.Delete(s, i, i+1)
	}
	return slices.Concat(s[:i], s[i+1:])
}
