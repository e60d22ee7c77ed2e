package zone

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// many is up to how many endpoints a unit has no index: a slice as Kubernetes writes it has no more, and looking at each
// costs less than it would save.
const many = 128

// index tells which slices of a unit may have an endpoint of some name or address. It is immutable; a change of one
// slice makes a new one that costs what differs in the slice, not what the unit weighs.
type index struct {
	handles tree[handle, struct{}]
	slots   []*cluster.Slice // of the unit, each in its place for as long as its name is there; nil: free
}

// newIndex is the index of the unit that takes the place of the old one; nil if it needs none. The old one may be nil.
func newIndex(old *unit, now *unit) *index {
	n := 0
	for _, sl := range now.slices {
		n += sl.Size()
	}
	if n <= many {
		return nil
	}
	x, e := &index{}, &edit{bulk: old == nil || old.index == nil}
	if e.bulk {
		for slot, sl := range now.slices {
			x.change(e, slot, nil, sl)
		}
		x.handles, x.slots = x.handles.packed(e), now.slices
		return x
	}
	x.handles, x.slots = old.index.handles, slices.Clone(old.index.slots)
	eachChange(old.slices, now.slices, func(was, is *cluster.Slice) {
		slot := slices.Index(x.slots, was)
		if slot < 0 {
			slot = len(x.slots)
			x.slots = append(x.slots, nil)
		}
		x.change(e, slot, was, is)
		x.slots[slot] = is
	})
	return x
}

// eachChange calls f with the slices that differ, which are in the order of their names: nil for what one has not.
func eachChange(before, after []*cluster.Slice, f func(old, now *cluster.Slice)) {
	for len(before)+len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Name < after[0].Name:
			f(before[0], nil)
			before = before[1:]
		case len(before) == 0 || after[0].Name < before[0].Name:
			f(nil, after[0])
			after = after[1:]
		default:
			if before[0] != after[0] {
				f(before[0], after[0])
			}
			before, after = before[1:], after[1:]
		}
	}
}

// change makes what the old slice had in the slot what the new one has; either may be nil. It looks at what differs, and
// beyond that only whether something is left that has the handle of what is gone.
func (x *index) change(e *edit, slot int, old, now *cluster.Slice) {
	var gone, come []handle
	var start, end int // between which the new one differs
	switch {
	case old == nil:
		come = appendHosts(appendHandles(nil, now, 0, now.Endpoints.Len()), now)
	case now == nil:
		gone = appendHosts(appendHandles(nil, old, 0, old.Endpoints.Len()), old)
	default:
		var endOld int
		start, endOld, end = between(old, now)
		gone = appendHosts(appendHandles(nil, old, start, endOld), old)
		come = appendHosts(appendHandles(nil, now, start, end), now)
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	stays := func(all []handle) {
		for _, h := range all {
			if i, ok := slices.BinarySearch(gone, h); ok {
				gone = slices.Delete(gone, i, i+1)
			}
		}
	}
	stays(come)
	var b [2]handle
	for i := 0; now != nil && i < now.Endpoints.Len() && len(gone) > 0; i++ {
		if i < start || end <= i {
			stays(appendHandles(b[:0], now, i, i+1))
		}
	}
	for _, h := range gone {
		x.handles = x.handles.drop(e, h.at(slot))
	}
	for _, h := range come {
		if _, ok := x.handles.get(h.at(slot)); !ok {
			x.handles = x.handles.set(e, h.at(slot), struct{}{})
		}
	}
}

// find calls scan with each slice of the unit that may have an endpoint of that label, in order, until it returns true, and
// with the label; nil: the slice can only have one by its address, which may be none.
func (x *index) find(label []byte, a netip.Addr, scan func(*cluster.Slice, []byte) bool) bool {
	var some [8]*cluster.Slice
	found := x.appendSlices(some[:0], labelHandle(label))
	if len(found) == 0 {
		label = nil
	}
	if a.IsValid() {
		found = x.appendSlices(found, addressHandle(a))
	}
	if len(found) > 1 {
		slices.SortFunc(found, func(a, b *cluster.Slice) int { return strings.Compare(a.Name, b.Name) })
		found = slices.Compact(found) // somebody's hostname may be another's address
	}
	return slices.ContainsFunc(found, func(sl *cluster.Slice) bool { return scan(sl, label) })
}

// at is the slices that may have the address.
func (x *index) at(a netip.Addr) []*cluster.Slice { return x.appendSlices(nil, addressHandle(a)) }

// has reports whether a slice has the address.
func (x *index) has(a netip.Addr) (found bool) {
	x.each(addressHandle(a), func(sl *cluster.Slice) bool {
		found = sl.Endpoints.Addrs().Has(a)
		return !found
	})
	return found
}

func (x *index) appendSlices(all []*cluster.Slice, h handle) []*cluster.Slice {
	x.each(h, func(sl *cluster.Slice) bool {
		all = append(all, sl)
		return true
	})
	return all
}

// each calls f with each slice that the handle leads to, until f returns false.
func (x *index) each(h handle, f func(*cluster.Slice) bool) {
	x.handles.from(h, func(k handle, _ struct{}) bool { return k.at(0) == h && f(x.slots[k.slot()]) })
}
