package cluster

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
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

// parts is the slices of the group and what is held of it, in the order of their names.
func (g *group) parts() []*Slice {
	rest, pieces := g.slices(), make([]*Slice, len(g.held()))
	for i, h := range g.held() {
		pieces[i] = h.slice
	}
	slices.SortFunc(pieces, func(a, b *Slice) int { return strings.Compare(a.Name, b.Name) })
	all := make([]*Slice, 0, len(rest)+len(pieces))
	for _, p := range pieces {
		n, _ := slices.BinarySearchFunc(rest, p.Name, bySliceName)
		all, rest = append(append(all, rest[:n]...), p), rest[n:]
	}
	return append(all, rest...)
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

func (s *State) setHeld(g *group, h []held) {
	g.set(g.slices(), h)
	if len(h) > 0 {
		s.holding[g] = struct{}{}
	} else {
		delete(s.holding, g)
	}
}
