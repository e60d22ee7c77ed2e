package zone

import (
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

// change makes what the old slice had what the new one has; either may be nil.
func (x *index) change(e *edit, old, now *cluster.Slice) {
	before, after := hashes(old), hashes(now)
	for h := range before {
		if _, ok := after[h]; ok {
			continue
		}
		names, _ := x.slices.get(h, widthHash)
		if left := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == old.Name }); len(left) > 0 {
			x.slices = x.slices.set(e, h, widthHash, left)
		} else {
			x.slices = x.slices.drop(e, h, widthHash)
		}
	}
	var solo []string // shared by all that only this slice has
	for h := range after {
		if _, ok := before[h]; ok {
			continue
		}
		names, _ := x.slices.get(h, widthHash)
		switch {
		case len(names) > 0:
			i, ok := slices.BinarySearch(names, now.Name)
			if ok {
				continue
			}
			names = slices.Insert(slices.Clone(names), i, now.Name)
		case solo == nil:
			solo = []string{now.Name}
			fallthrough
		default:
			names = solo
		}
		x.slices = x.slices.set(e, h, widthHash, names)
	}
}

// hashes is by what the endpoints of a slice are found.
func hashes(sl *cluster.Slice) map[key]struct{} {
	if sl == nil {
		return nil
	}
	hs := make(map[key]struct{}, len(sl.Endpoints))
	for i := range sl.Endpoints {
		en := &sl.Endpoints[i]
		hs[hashAddress(en.Addr)] = struct{}{}
		if en.Hostname != "" || en.Pod != "" {
			hs[hashText(endpointLabel(en))] = struct{}{}
		}
	}
	for _, h := range sl.FQDNs {
		hs[hashText(hostLabel(h))] = struct{}{}
	}
	return hs
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
