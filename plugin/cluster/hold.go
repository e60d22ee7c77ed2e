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

// Hold is how long an endpoint is held that left its slice while it was ready. The endpoint slice controller
// writes the slices of one Service one after the other, milliseconds apart when it is not throttled. Only tests
// change it, before there is a State.
var Hold = 100 * time.Millisecond

type held struct {
	slice *Slice // what was taken away of a slice, in the shape of one
	until time.Time
}

// Release lets go of what was held for long enough.
func (s *State) Release(now time.Time) Delta {
	var t tally
	for k := range s.holding {
		g := s.groups[k]
		kept := g.held[:0:0]
		for _, h := range g.held {
			if h.until.After(now) {
				kept = append(kept, h)
			}
		}
		if len(kept) == len(g.held) {
			continue
		}
		s.setHeld(k, g, kept)
		t.service(k)
	}
	return t.delta
}

// NextRelease is when Release has something to do; false if nothing is held.
func (s *State) NextRelease() (next time.Time, ok bool) {
	for k := range s.holding {
		for _, h := range s.groups[k].held {
			if !ok || h.until.Before(next) {
				next, ok = h.until, true
			}
		}
	}
	return next, ok
}

// finish ends a step: what it took away is held where it may be on the move, what is held and has arrived is
// let go of. A step that cannot be half of a move is not moving.
func (s *State) finish(t *tally, moving bool) Delta {
	if moving {
		for _, k := range t.touched {
			if old := t.slices[k]; old != nil {
				s.hold(old)
			}
		}
	}
	for _, k := range t.touched { // one that lists an address as not ready now is no difference of its own
		if now := s.slices[k]; now != nil {
			t.arrived(s, now.Owner())
		}
	}
	for _, k := range t.delta.Services {
		t.arrived(s, k)
		if g := s.groups[k]; g != nil {
			s.prune(k, g)
		}
	}
	t.delta.Pods = t.pods
	s.date(t)
	return t.delta
}

// arrived lets go of what is held of a Service and has arrived.
func (t *tally) arrived(s *State, k Key) {
	if g := s.groups[k]; g != nil && len(g.held) > 0 && s.arrive(k, g) {
		t.service(k)
	}
}

// drop lets go of all that is held of Services, and of ServiceImports.
func (s *State) drop(t *tally, own, imported bool) {
	for k := range s.holding {
		if k.Imported && imported || !k.Imported && own {
			s.setHeld(k, s.groups[k], nil)
			t.service(k)
		}
	}
}

func (s *State) hold(old *Slice) {
	k := old.Owner()
	g := s.groups[k]
	if g == nil || g.Service == nil {
		return
	}
	now := s.slices[Key{old.Namespace, old.Name, old.Imported}]
	if now != nil && now.Service != old.Service {
		now = nil
	}
	if !slices.ContainsFunc(g.Slices, func(o *Slice) bool { return o != now && mayList(o, old) }) {
		return
	}
	gone := missing(old, now)
	if len(g.held) > 0 {
		gone = g.unheld(gone)
	}
	if len(gone.Endpoints) == 0 {
		return
	}
	s.holds++
	gone.Name += " held " + strconv.Itoa(s.holds) // no slice has a blank in its name
	gone.Unready, gone.FQDNs = nil, nil
	h := held{gone, s.now().Add(Hold)}
	s.setHeld(k, g, append(slices.Clone(g.held), h))
}

// unheld is the slice without the endpoints that are held already.
func (g *Group) unheld(sl *Slice) *Slice {
	known := map[netip.Addr]struct{}{}
	for _, h := range g.held {
		for _, e := range h.slice.Endpoints {
			known[e.Addr] = struct{}{}
		}
	}
	return sl.without(known)
}

// without is a copy of the slice without the endpoints that have one of the addresses.
func (s *Slice) without(addrs map[netip.Addr]struct{}) *Slice {
	return s.only(0, len(s.Endpoints), func(a netip.Addr) bool {
		_, ok := addrs[a]
		return !ok
	})
}

// only is a copy of the slice with those of the endpoints from one to another whose addresses are to be kept.
func (s *Slice) only(from, to int, keep func(netip.Addr) bool) *Slice {
	left := *s
	left.Endpoints, left.Places = nil, nil
	for i := from; i < to; i++ {
		if !keep(s.Endpoints[i].Addr) {
			continue
		}
		left.Endpoints = append(left.Endpoints, s.Endpoints[i])
		if s.Places != nil {
			left.Places = append(left.Places, s.Places[i])
		}
	}
	return &left
}

// arrive lets go of the held endpoints that a slice lists, ready or not, and reports whether there were some.
func (s *State) arrive(k Key, g *Group) bool {
	listed := map[netip.Addr]struct{}{}
	for _, sl := range g.Slices {
		for _, e := range sl.Endpoints {
			listed[e.Addr] = struct{}{}
		}
		for _, a := range sl.Unready {
			listed[a] = struct{}{}
		}
	}
	var kept []held
	before, after := 0, 0
	for _, h := range g.held {
		before += len(h.slice.Endpoints)
		if left := h.slice.without(listed); len(left.Endpoints) > 0 && g.Service != nil {
			after += len(left.Endpoints)
			kept = append(kept, held{left, h.until})
		}
	}
	if after == before {
		return false
	}
	s.setHeld(k, g, kept)
	return true
}

func (s *State) setHeld(k Key, g *Group, h []held) {
	g.held = h
	if len(h) > 0 {
		s.holding[k] = struct{}{}
	} else {
		delete(s.holding, k)
		s.prune(k, g)
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
	case len(s.Endpoints) > 0:
		return s.Endpoints[0].Addr.Is6(), true
	case len(s.Unready) > 0:
		return s.Unready[0].Is6(), true
	}
	return false, false
}

// missing is a copy of the old slice with what of it was ready and is not listed in the new one; nil new: all of it.
func missing(old, now *Slice) *Slice {
	if now == nil {
		return old.without(nil)
	}
	start, end, _ := Between(len(old.Endpoints), len(now.Endpoints), func(i, j int) bool {
		return old.Endpoints[i].Addr == now.Endpoints[j].Addr
	})
	listed := now.lists
	if end-start > fewAddresses {
		all := make(map[netip.Addr]struct{}, len(now.Endpoints)+len(now.Unready))
		for _, e := range now.Endpoints {
			all[e.Addr] = struct{}{}
		}
		for _, a := range now.Unready {
			all[a] = struct{}{}
		}
		listed = func(a netip.Addr) bool { _, ok := all[a]; return ok }
	}
	return old.only(start, end, func(a netip.Addr) bool { return !listed(a) })
}

// fewAddresses is up to how many it is faster to look for each than to hash all among which to look.
const fewAddresses = 16

// Between is where two lists begin to differ, and where each of them ends to, given their lengths and whether an element of
// the one is the same as one of the other.
func Between(n, m int, same func(i, j int) bool) (start, endN, endM int) {
	for start < min(n, m) && same(start, start) {
		start++
	}
	for n > start && m > start && same(n-1, m-1) {
		n, m = n-1, m-1
	}
	return start, n, m
}

// lists reports whether the slice has the address, ready or not.
func (s *Slice) lists(a netip.Addr) bool {
	return slices.ContainsFunc(s.Endpoints, func(e Endpoint) bool { return e.Addr == a }) || slices.Contains(s.Unready, a)
}
