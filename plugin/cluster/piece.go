package cluster

import (
	"net/netip"
	"slices"
)

// nowhere is the slice without the endpoints that a slice of the group lists, ready or not, or that are held already.
func (g *group) nowhere(sl *Slice) *Slice {
	if sl.Endpoints.Len() == 0 {
		return sl
	}
	all := g.parts()
	if sl.Endpoints.Len() <= fewAddresses {
		return sl.only(0, sl.Endpoints.Len(), func(a netip.Addr) bool {
			return !slices.ContainsFunc(all, func(o *Slice) bool { return o.lists(a) })
		})
	}
	listed := map[netip.Addr]struct{}{}
	for _, o := range all {
		o.list(listed)
	}
	return sl.without(listed)
}

// joins reports whether endpoints of the other slice may stand in this one.
func (s *Slice) joins(o *Slice) bool {
	return s.Service == o.Service && s.Cluster() == o.Cluster() && s.Ports.Equal(o.Ports) && (s.Places() == nil) == (o.Places() == nil)
}

// joined is the slice with the endpoints of the other one behind its own.
func (s *Slice) joined(o *Slice) *Slice {
	var all EndpointsBuilder
	for _, list := range []Endpoints{s.Endpoints, o.Endpoints} {
		for _, e := range list.All() {
			all.Add(e.Addr, e.Name)
		}
	}
	both := *s
	both.Endpoints = all.Endpoints()
	if s.Places() != nil {
		both.Beside = &Beside{Cluster: s.Cluster(), Places: slices.Concat(s.Places(), o.Places())}
	}
	return &both
}

// without is a slice of the endpoints that have none of the addresses.
func (s *Slice) without(addrs map[netip.Addr]struct{}) *Slice {
	return s.only(0, s.Endpoints.Len(), func(a netip.Addr) bool {
		_, ok := addrs[a]
		return !ok
	})
}

// only is a slice of those of the endpoints from one to another whose addresses are to be kept, and of nothing else.
func (s *Slice) only(from, to int, keep func(netip.Addr) bool) *Slice {
	var endpoints EndpointsBuilder
	left := Beside{Cluster: s.Cluster()}
	for i := from; i < to; i++ {
		e := s.Endpoints.At(i)
		if !keep(e.Addr) {
			continue
		}
		endpoints.Add(e.Addr, e.Name)
		if places := s.Places(); places != nil {
			left.Places = append(left.Places, places[i])
		}
	}
	only := *s
	only.Endpoints, only.Beside = endpoints.Endpoints(), nil
	if left.Cluster != "" || left.Places != nil {
		only.Beside = &left
	}
	return &only
}

// list adds all addresses of the slice, ready or not.
func (s *Slice) list(to map[netip.Addr]struct{}) {
	for a := range s.Endpoints.Addrs().All() {
		to[a] = struct{}{}
	}
	for a := range s.Unready().All() {
		to[a] = struct{}{}
	}
}

// mayList reports whether the slice may list addresses of the family that the other one has: all of a slice are of one.
func mayList(sl, other *Slice) bool {
	family, known := sl.family()
	want, wanted := other.family()
	return !known || !wanted || family == want
}

// family is whether the slice's addresses are IPv6; false: it has none that would tell.
func (s *Slice) family() (six, known bool) {
	switch {
	case s.Endpoints.Len() > 0:
		return s.Endpoints.Addr(0).Is6(), true
	case s.Unready().Len() > 0:
		return s.Unready().At(0).Is6(), true
	}
	return false, false
}

// missing is a slice of what was ready in the old one and is not listed in the new one; nil new: all of it.
func missing(old, now *Slice) *Slice {
	if now == nil {
		return old.without(nil)
	}
	start, end, _ := Endpoints{addrs: old.Endpoints.addrs}.Between(Endpoints{addrs: now.Endpoints.addrs})
	listed := now.lists
	if end-start > fewAddresses {
		all := make(map[netip.Addr]struct{}, now.Endpoints.Len()+now.Unready().Len())
		now.list(all)
		listed = func(a netip.Addr) bool { _, ok := all[a]; return ok }
	}
	return old.only(start, end, func(a netip.Addr) bool { return !listed(a) })
}

// fewAddresses is up to how many it is faster to look for each than to hash all among which to look.
const fewAddresses = 16

// lists reports whether the slice has the address, ready or not.
func (s *Slice) lists(a netip.Addr) bool { return s.Endpoints.Addrs().Has(a) || s.Unready().Has(a) }
