package zone

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// tree is a table from keys to values, a radix tree of sixteen ways with its paths compressed (compare Knot's QP
// trie). It is immutable: a change makes a new tree that shares what it did not touch, so a reader holds one as long
// as it likes, without a lock. The zero value is an empty tree.
type tree[V any] struct {
	root *branch[V]
	len  int
}

// key is up to 32 nibbles, from the highest bits down.
type key struct{ hi, lo uint64 }

// branch is a leaf when depth is the width of the tree's keys.
type branch[V any] struct {
	key   key // a branch: its first depth nibbles, the others zero
	edit  *edit
	kids  []*branch[V] // those of used, in order
	used  uint16       // nibbles at depth that have a kid
	depth uint8        // in nibbles
	value V
}

// edit marks the nodes that one update made, which it may therefore still change.
type edit struct{ _ byte }

// widths of keys in nibbles
const (
	widthHash = 32
	width4    = 8
	width6    = 32
)

// addressKey is the key of an address in the tree of its family.
func addressKey(a netip.Addr) (key, uint8) {
	if a.Is4() {
		ip := a.As4()
		return key{hi: uint64(binary.BigEndian.Uint32(ip[:])) << 32}, width4
	}
	ip := a.As16()
	return key{binary.BigEndian.Uint64(ip[:8]), binary.BigEndian.Uint64(ip[8:])}, width6
}

// address is the address of a key of the tree of its family.
func (k key) address(width uint8) netip.Addr {
	var ip [16]byte
	binary.BigEndian.PutUint64(ip[:], k.hi)
	binary.BigEndian.PutUint64(ip[8:], k.lo)
	if width == width4 {
		return netip.AddrFrom4([4]byte(ip[:4]))
	}
	return netip.AddrFrom16(ip)
}

func (k key) nibble(i uint8) uint8 {
	if i < 16 {
		return uint8(k.hi>>(60-4*i)) & 15
	}
	return uint8(k.lo>>(60-4*(i-16))) & 15
}

// prefix is the first n nibbles.
func (k key) prefix(n uint8) key {
	switch {
	case n == 0:
		return key{}
	case n <= 16:
		return key{hi: k.hi &^ (1<<(64-4*n) - 1)}
	default:
		return key{k.hi, k.lo &^ (1<<(128-4*n) - 1)}
	}
}

// common is how many nibbles two keys share at their start.
func common(a, b key) uint8 {
	if x := a.hi ^ b.hi; x != 0 {
		return uint8(bits.LeadingZeros64(x) / 4)
	}
	return 16 + uint8(bits.LeadingZeros64(a.lo^b.lo)/4)
}

func (n *branch[V]) leaf(width uint8) bool { return n.depth == width }

// place is where the kid of a nibble is, or belongs, among the kids.
func (n *branch[V]) place(nibble uint8) (int, bool) {
	bit := uint16(1) << nibble
	return bits.OnesCount16(n.used & (bit - 1)), n.used&bit != 0
}

// get is the value of a key of the tree's width.
func (t tree[V]) get(k key, width uint8) (v V, ok bool) {
	n := t.root
	for n != nil {
		if n.leaf(width) {
			if n.key == k {
				return n.value, true
			}
			return v, false
		}
		i, ok := n.place(k.nibble(n.depth))
		if !ok {
			return v, false
		}
		n = n.kids[i]
	}
	return v, false
}

// below reports whether there is a key that starts with the first n nibbles of k.
func (t tree[V]) below(k key, n uint8) bool {
	at := t.root
	for at != nil && at.depth < n {
		i, ok := at.place(k.nibble(at.depth))
		if !ok {
			return false
		}
		at = at.kids[i]
	}
	return at != nil && at.key.prefix(n) == k.prefix(n)
}

// under calls f for every key that starts with the first n nibbles of k, in their order, until f returns false, and
// reports whether it never did.
func (t tree[V]) under(k key, n uint8, f func(key, V) bool) bool {
	at := t.root
	for at != nil && at.depth < n {
		i, ok := at.place(k.nibble(at.depth))
		if !ok {
			return true
		}
		at = at.kids[i]
	}
	if at == nil || at.key.prefix(n) != k.prefix(n) {
		return true
	}
	return at.walk(f)
}

func (n *branch[V]) walk(f func(key, V) bool) bool {
	if len(n.kids) == 0 {
		return f(n.key, n.value)
	}
	for _, k := range n.kids {
		if !k.walk(f) {
			return false
		}
	}
	return true
}

// set is the tree with the key's value.
func (t tree[V]) set(e *edit, k key, width uint8, v V) tree[V] {
	added := false
	t.root = t.root.set(e, k, width, v, &added)
	if added {
		t.len++
	}
	return t
}

func (n *branch[V]) set(e *edit, k key, width uint8, v V, added *bool) *branch[V] {
	if n == nil {
		*added = true
		return &branch[V]{key: k, edit: e, depth: width, value: v}
	}
	if c := common(n.key, k); c < n.depth {
		*added = true
		leaf := &branch[V]{key: k, edit: e, depth: width, value: v}
		fork := &branch[V]{key: k.prefix(c), edit: e, depth: c, kids: []*branch[V]{n, leaf}}
		if leaf.key.nibble(c) < n.key.nibble(c) {
			fork.kids[0], fork.kids[1] = leaf, n
		}
		fork.used = 1<<leaf.key.nibble(c) | 1<<n.key.nibble(c)
		return fork
	}
	n = n.own(e)
	if n.leaf(width) {
		n.value = v
		return n
	}
	nibble := k.nibble(n.depth)
	i, ok := n.place(nibble)
	if ok {
		n.kids[i] = n.kids[i].set(e, k, width, v, added)
		return n
	}
	*added = true
	kids := make([]*branch[V], len(n.kids)+1)
	copy(kids, n.kids[:i])
	kids[i] = &branch[V]{key: k, edit: e, depth: width, value: v}
	copy(kids[i+1:], n.kids[i:])
	n.kids, n.used = kids, n.used|1<<nibble
	return n
}

// drop is the tree without the key.
func (t tree[V]) drop(e *edit, k key, width uint8) tree[V] {
	if _, ok := t.get(k, width); ok {
		t.root = t.root.drop(e, k, width)
		t.len--
	}
	return t
}

// drop is the node without a key that it has; nil if nothing is left.
func (n *branch[V]) drop(e *edit, k key, width uint8) *branch[V] {
	if n.leaf(width) {
		return nil
	}
	nibble := k.nibble(n.depth)
	i, _ := n.place(nibble)
	kid := n.kids[i].drop(e, k, width)
	if kid == nil && len(n.kids) == 2 {
		return n.kids[1-i]
	}
	n = n.own(e)
	if kid != nil {
		n.kids[i] = kid
		return n
	}
	kids := make([]*branch[V], 0, len(n.kids)-1)
	n.kids = append(append(kids, n.kids[:i]...), n.kids[i+1:]...)
	n.used &^= 1 << nibble
	return n
}

// own is the node itself if this update made it, else a copy.
func (n *branch[V]) own(e *edit) *branch[V] {
	if n.edit == e {
		return n
	}
	c := *n
	c.edit = e
	c.kids = append([]*branch[V](nil), n.kids...)
	return &c
}

// each calls f for every value, in the order of the keys.
func (t tree[V]) each(f func(V)) {
	if t.root != nil {
		t.root.each(f)
	}
}

func (n *branch[V]) each(f func(V)) {
	if len(n.kids) == 0 {
		f(n.value)
	}
	for _, k := range n.kids {
		k.each(f)
	}
}
