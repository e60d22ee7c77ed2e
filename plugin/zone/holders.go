package zone

import (
	"net/netip"
	"slices"
)

// holders is who has which address. Most addresses are one's alone; those that several share are apart. Immutable.
type holders[T any] struct {
	alone  byFamily[*T]
	shared byFamily[*sharers[T]]
}

// sharers is who has the same address. Addresses that the same share, as those of two Services of the same pods, may
// have one. Immutable.
type sharers[T any] struct{ all []*T }

// len is how many addresses somebody has.
func (t *holders[T]) len() int { return t.alone.len() + t.shared.len() }

// at is the only one that has the address, or else all that share it.
func (t *holders[T]) at(a netip.Addr) (alone *T, shared []*T) {
	if alone, ok := t.alone.get(a); ok {
		return alone, nil
	}
	if s, ok := t.shared.get(a); ok {
		return nil, s.all
	}
	return nil, nil
}

// has reports whether anybody has the address.
func (t *holders[T]) has(a netip.Addr) bool {
	alone, shared := t.at(a)
	return alone != nil || shared != nil
}

// each calls f with all that have the address.
func (t *holders[T]) each(a netip.Addr, f func(*T)) {
	alone, shared := t.at(a)
	if alone != nil {
		f(alone)
	}
	for _, one := range shared {
		f(one)
	}
}

// under calls f for every address of the span that somebody has, in no order, until f returns false.
func (t *holders[T]) under(s span, f func(netip.Addr, ...*T) bool) {
	more := true
	t.alone.under(s, func(a netip.Addr, one *T) bool {
		more = f(a, one)
		return more
	})
	if more {
		t.shared.under(s, func(a netip.Addr, all *sharers[T]) bool { return f(a, all.all...) })
	}
}

// any reports whether somebody has an address of the span.
func (t *holders[T]) any(s span) bool { return t.alone.any(s) || t.shared.any(s) }

// add makes it one that has the address.
func (t *holders[T]) add(e *edit, a netip.Addr, one *T) {
	alone, shared := t.at(a)
	switch {
	case alone == one, slices.Contains(shared, one):
	case alone != nil:
		t.alone.drop(e, a)
		t.share(e, a, alone, one)
	case shared != nil:
		t.share(e, a, append(slices.Clip(shared), one)...)
	default:
		t.alone.set(e, a, one)
	}
}

// remove makes it none that has the address.
func (t *holders[T]) remove(e *edit, a netip.Addr, one *T) {
	alone, shared := t.at(a)
	if alone == one {
		t.alone.drop(e, a)
		return
	}
	i := slices.Index(shared, one)
	if i < 0 {
		return
	}
	switch left := slices.Concat(shared[:i], shared[i+1:]); len(left) {
	case 1:
		t.shared.drop(e, a)
		t.alone.set(e, a, left[0])
	default:
		t.share(e, a, left...)
	}
}

// share makes all have the address.
func (t *holders[T]) share(e *edit, a netip.Addr, all ...*T) {
	s, ok := e.shared.(*sharers[T])
	if !ok || !slices.Equal(s.all, all) {
		s = &sharers[T]{slices.Clip(slices.Clone(all))}
		e.shared = s
	}
	t.shared.set(e, a, s)
}

func (t *holders[T]) pack(e *edit) {
	t.alone.pack(e)
	t.shared.pack(e)
}
