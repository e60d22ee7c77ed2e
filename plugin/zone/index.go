package zone

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// many is from how many endpoints on a unit has an index: below, looking at each is faster.
const many = 64

// index tells which slices of a unit have an endpoint of some name or address. It is immutable; a change of one slice
// makes a new one that costs what the slice weighs, not what the unit weighs.
type index struct{ slices tree[[]string] } // names of slices, in order, by the hashes of label and of address

// newIndex is the index of the unit whose slices were those of the old one; nil if it has few endpoints.
func newIndex(old *unit, now *unit) *index {
	n := 0
	for _, sl := range now.slices {
		n += len(sl.Endpoints) + len(sl.FQDNs)
	}
	if n <= many {
		return nil
	}
	var before []*cluster.Slice
	x := &index{}
	if old != nil && old.index != nil {
		*x, before = *old.index, old.slices
	}
	e := &edit{}
	for _, sl := range before {
		if !slices.Contains(now.slices, sl) {
			x.change(e, sl, find(now.slices, sl.Name))
		}
	}
	for _, sl := range now.slices {
		if find(before, sl.Name) == nil {
			x.change(e, nil, sl)
		}
	}
	return x
}

// change makes what the old slice had what the new one has; either may be nil. It looks at what differs, and beyond that
// only whether the rest has the same name or address once more.
func (x *index) change(e *edit, old, now *cluster.Slice) {
	var gone, come map[key]handle
	var rest [2][]cluster.Endpoint // what both have, in front and behind
	switch {
	case old == nil:
		come = handles(now, 0, len(now.Endpoints))
	case now == nil:
		gone = handles(old, 0, len(old.Endpoints))
	default:
		start, endOld, endNow := between(old, now)
		gone, come = handles(old, start, endOld), handles(now, start, endNow)
		rest = [2][]cluster.Endpoint{now.Endpoints[:start], now.Endpoints[endNow:]}
	}
	left := remainder{rest: rest, few: len(gone)+len(come) <= fewHandles}
	for h, what := range gone {
		if _, ok := come[h]; !ok && !left.has(h, what) {
			x.drop(e, h, old.Name)
		}
	}
	var solo []string // shared by all that only this slice has
	for h, what := range come {
		if _, ok := gone[h]; !ok && !left.has(h, what) {
			x.add(e, h, now.Name, &solo)
		}
	}
}

// drop takes the slice away from those that have what hashes so.
func (x *index) drop(e *edit, h key, slice string) {
	names, _ := x.slices.get(h, widthHash)
	if left := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == slice }); len(left) > 0 {
		x.slices = x.slices.set(e, h, widthHash, left)
	} else {
		x.slices = x.slices.drop(e, h, widthHash)
	}
}

// add puts the slice to those that have what hashes so.
func (x *index) add(e *edit, h key, slice string, solo *[]string) {
	names, _ := x.slices.get(h, widthHash)
	switch {
	case len(names) > 0:
		i, ok := slices.BinarySearch(names, slice)
		if ok {
			return
		}
		names = slices.Insert(slices.Clone(names), i, slice)
	case *solo == nil:
		*solo = []string{slice}
		fallthrough
	default:
		names = *solo
	}
	x.slices = x.slices.set(e, h, widthHash, names)
}

// handle is by what an endpoint is found: its address, or its label if that is not made of the address.
type handle struct {
	addr  netip.Addr
	label string
}

// handles is by what endpoints of a slice are found, and all of its targets that are host names.
func handles(sl *cluster.Slice, from, to int) map[key]handle {
	hs := make(map[key]handle, to-from)
	for i := from; i < to; i++ {
		en := &sl.Endpoints[i]
		hs[hashAddress(en.Addr)] = handle{addr: en.Addr}
		if en.Hostname != "" || en.Pod != "" {
			label := endpointLabel(en)
			hs[hashText(label)] = handle{label: label}
		}
	}
	for _, h := range sl.FQDNs {
		label := hostLabel(h)
		hs[hashText(label)] = handle{label: label}
	}
	return hs
}

// fewHandles is up to how many it is faster to look for each than to hash all among which to look.
const fewHandles = 16

// remainder is what two slices have in common.
type remainder struct {
	rest [2][]cluster.Endpoint
	few  bool
	all  map[key]handle // by hash, if there are not few to look for; nil: not made yet
}

// has reports whether an endpoint of the remainder is found by the handle.
func (r *remainder) has(h key, what handle) bool {
	if r.few {
		is := func(en cluster.Endpoint) bool {
			if what.label == "" {
				return en.Addr == what.addr
			}
			return cmp.Or(en.Hostname, en.Pod) == what.label
		}
		return slices.ContainsFunc(r.rest[0], is) || slices.ContainsFunc(r.rest[1], is)
	}
	if r.all == nil {
		common := &cluster.Slice{Endpoints: slices.Concat(r.rest[0], r.rest[1])}
		r.all = handles(common, 0, len(common.Endpoints))
	}
	_, ok := r.all[h]
	return ok
}

// find calls scan with each slice of the unit that may have an endpoint of that name, in order, until it returns true.
func (x *index) find(u *unit, label []byte, a netip.Addr, dashed bool, scan func(*cluster.Slice) bool) bool {
	byLabel, _ := x.slices.get(hash(label), widthHash)
	var byAddr []string
	if dashed {
		byAddr = x.at(a)
	}
	names := byLabel
	switch {
	case len(byLabel) == 0:
		names = byAddr
	case len(byAddr) > 0: // somebody's hostname is another's address
		names = slices.Concat(byLabel, byAddr)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return slices.ContainsFunc(names, func(n string) bool { return u.scan(n, scan) })
}

// at is the names of the slices that have the address.
func (x *index) at(a netip.Addr) []string {
	names, _ := x.slices.get(hashAddress(a), widthHash)
	return names
}

// scan calls f with the slice of that name.
func (u *unit) scan(name string, f func(*cluster.Slice) bool) bool {
	sl := find(u.slices, name)
	return sl != nil && f(sl)
}

func find(all []*cluster.Slice, name string) *cluster.Slice {
	i, ok := slices.BinarySearchFunc(all, name, func(sl *cluster.Slice, n string) int { return strings.Compare(sl.Name, n) })
	if !ok {
		return nil
	}
	return all[i]
}
