package zone

import "net/netip"

// byFamily is a table from addresses, a tree for each family. Immutable.
type byFamily[V any] struct {
	v4 tree[key4, V]
	v6 tree[key, V]
}

func (t *byFamily[V]) len() int { return t.v4.len + t.v6.len }

func (t *byFamily[V]) get(a netip.Addr) (v V, ok bool) {
	if a.Is4() {
		return t.v4.get(newKey4(a))
	}
	return t.v6.get(newKey6(a))
}

func (t *byFamily[V]) set(e *edit, a netip.Addr, v V) {
	if a.Is4() {
		t.v4 = t.v4.set(e, newKey4(a), v)
	} else {
		t.v6 = t.v6.set(e, newKey6(a), v)
	}
}

func (t *byFamily[V]) drop(e *edit, a netip.Addr) {
	if a.Is4() {
		t.v4 = t.v4.drop(e, newKey4(a))
	} else {
		t.v6 = t.v6.drop(e, newKey6(a))
	}
}

func (t *byFamily[V]) pack(e *edit) { t.v4, t.v6 = t.v4.packed(e), t.v6.packed(e) }

// any reports whether there is an address of the span.
func (t *byFamily[V]) any(s span) bool {
	if s.width == width4 {
		k, ok := t.v4.next(key4(s.key.hi >> 32))
		return ok && s.has(key{hi: uint64(k) << 32})
	}
	k, ok := t.v6.next(s.key)
	return ok && s.has(k)
}

// under calls f for every address of the span, in their order, until f returns false.
func (t *byFamily[V]) under(s span, f func(netip.Addr, V) bool) {
	switch s.width {
	case width4:
		t.v4.from(key4(s.key.hi>>32), func(k key4, v V) bool {
			return s.has(key{hi: uint64(k) << 32}) && f(k.address(), v)
		})
	case width6:
		t.v6.from(s.key, func(k key, v V) bool { return s.has(k) && f(k.address(), v) })
	}
}
