package cluster

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// An endpoint that moves from one EndpointSlice to another is told in two events, one for each slice, and
// if the one that takes it away comes first it is nowhere in between. What is really going away is told
// otherwise: it stays in its slice as not ready while its pod terminates. So an endpoint that leaves a slice
// while it is ready is held for a moment, if its Service has other slices for addresses of its family, until one
// of them lists it.

// Hold is how long an endpoint is held that left its slice while it was ready, or up to a tenth less. The endpoint slice controller
// writes the slices of one Service one after the other, milliseconds apart when it is not throttled. Only tests
// change it, before there is a State.
var Hold = 100 * time.Millisecond

// held is what was taken away of a slice within a tenth of Hold, in the shape of one.
type held struct {
	slice *Slice
	of    string // name of the slice that it was taken away of
	until time.Time
}

// Release lets go of what was held for long enough.
func (s *State) Release(now time.Time) Delta {
	var t tally
	for g := range s.holding {
		var kept []held
		for _, h := range g.held() {
			if h.until.After(now) {
				kept = append(kept, h)
			}
		}
		if len(kept) == len(g.held()) {
			continue
		}
		s.setHeld(g, kept)
		t.groups.add(g)
		s.prune(g)
	}
	return t.delta()
}

// NextRelease is when Release has something to do; false if nothing is held.
func (s *State) NextRelease() (next time.Time, ok bool) {
	for g := range s.holding {
		for _, h := range g.held() {
			if !ok || h.until.Before(next) {
				next, ok = h.until, true
			}
		}
	}
	return next, ok
}

// finish ends a step: what it took away is held where it may be on the move, what is held and has arrived is
// let go of.
func (s *State) finish(t *tally) Delta {
	for i, k := range t.slices.all { // none if the step is no half of a move
		now := s.slice(k)
		s.hold(t.before[i], now)
		s.arrived(t, t.before[i], now) // one that lists an address as not ready now is no difference of its own
	}
	for _, g := range t.groups.all {
		if g.known() == nil && len(g.held()) > 0 {
			s.setHeld(g, nil)
		}
		s.prune(g)
	}
	d := t.delta()
	s.date(d.Version, t)
	return d
}

// drop lets go of all that is held of Services, and of ServiceImports.
func (s *State) drop(t *tally, own, imported bool) {
	for g := range s.holding {
		if is := g.service.Imported; is && imported || !is && own {
			s.setHeld(g, nil)
			t.groups.add(g)
		}
	}
}

// hold holds what the old slice listed as ready and no slice lists now, if it may be on the move. Either may be nil.
func (s *State) hold(old, now *Slice) {
	if old == nil {
		return
	}
	g := s.group(old.Owner())
	if g == nil || g.known() == nil {
		return
	}
	if now != nil && now.Service != old.Service {
		now = nil
	}
	if !slices.ContainsFunc(g.slices(), func(o *Slice) bool { return o != now && mayList(o, old) }) {
		return
	}
	gone := g.nowhere(missing(old, now))
	if gone.Endpoints.Len() == 0 {
		return
	}
	until := s.now().Add(Hold)
	pieces := slices.Clone(g.held())
	for i, h := range pieces {
		if h.of == old.Name && until.Sub(h.until) < Hold/10 && h.slice.joins(gone) {
			pieces[i].slice = h.slice.joined(gone)
			s.setHeld(g, pieces)
			return
		}
	}
	s.holds++
	gone.Name += " held " + strconv.Itoa(s.holds) // no slice has a blank in its name
	s.setHeld(g, append(pieces, held{gone, old.Name, until}))
}

// nowhere is the slice without the endpoints that a slice of the group lists, ready or not, or that are held already.
func (g *group) nowhere(sl *Slice) *Slice {
	if sl.Endpoints.Len() == 0 {
		return sl
	}
	all := slices.Clone(g.slices())
	for _, h := range g.held() {
		all = append(all, h.slice)
	}
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

// arrived lets go of the held endpoints that the slice lists, ready or not, since it takes the place of the old one; nil:
// there was none, or is none.
func (s *State) arrived(t *tally, old, now *Slice) {
	if now == nil {
		return
	}
	g := s.group(now.Owner())
	if len(g.held()) == 0 {
		return
	}
	if old != nil && old.Service != now.Service {
		old = nil
	}
	come := map[netip.Addr]struct{}{}
	now.list(come)
	if old != nil { // what it listed before was not held
		for a := range old.Endpoints.Addrs().All() {
			delete(come, a)
		}
		for a := range old.Unready().All() {
			delete(come, a)
		}
	}
	if len(come) == 0 {
		return
	}
	var kept []held
	before, after := 0, 0
	for _, h := range g.held() {
		before += h.slice.Endpoints.Len()
		h.slice = h.slice.without(come)
		if n := h.slice.Endpoints.Len(); n > 0 {
			after += n
			kept = append(kept, h)
		}
	}
	if after < before {
		s.setHeld(g, kept)
		t.groups.add(g)
	}
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

func (s *State) setHeld(g *group, h []held) {
	g.set(g.slices(), h)
	if len(h) > 0 {
		s.holding[g] = struct{}{}
	} else {
		delete(s.holding, g)
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
