package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// longSlice is from how many addresses on a slice is not gone through for each of many addresses. Kubernetes writes none as
// long; an API server takes 100,000.
const longSlice = 1 << 12

// long reports whether the unit has such a slice.
func (u *unit) long() bool {
	return u != nil && slices.ContainsFunc(u.slices, func(sl *cluster.Slice) bool { return sl.Endpoints.Len() > longSlice })
}

// updateMany makes the addresses that have PTR records what the unit, in the place of the old one, owns; either may be nil.
func (v *view) updateMany(e *edit, id *ident, old, now *unit) {
	had, has := old.owned(), now.owned()
	for a := range had {
		if _, ok := has[a]; !ok {
			v.owners.remove(e, a, id)
		}
	}
	for a := range has {
		if _, ok := had[a]; !ok {
			v.owners.add(e, a, id)
		}
	}
}

// owned is the addresses that the unit owns.
func (u *unit) owned() map[netip.Addr]struct{} {
	all := map[netip.Addr]struct{}{}
	if u == nil || !u.pointed {
		return all
	}
	for a := range u.ips().All() {
		all[a] = struct{}{}
	}
	for _, sl := range u.slices {
		for a := range sl.Endpoints.Addrs().All() {
			all[a] = struct{}{}
		}
	}
	return all
}
