package zone

import (
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// shelf is the answers that a unit remembers: those that cost more to compile than to find. There is at most one for
// each type and each of the unit's ports or places. Immutable.
type shelf []remembered

type remembered struct {
	typ         uint16
	labels      string // in front of the unit's name, on the wire, as they are usually spelled
	port, proto string
	place       string
	set         *answer.Set
}

// find is recall for what was compiled for names that are spelled with those labels. There is a shelf.
func (all *shelf) find(labels []byte, t uint16) (set *answer.Set, known bool) {
	for i := range *all {
		if r := &(*all)[i]; r.typ == t && r.labels == string(labels) {
			return r.set, true
		}
	}
	return nil, false
}

// recall is the set for the selected name, and whether it was compiled earlier; a nil shelf is empty. Names of which
// something was compiled exist.
func (all *shelf) recall(s *selector, t uint16) (set *answer.Set, known bool) {
	if all == nil || s.endpoint != nil {
		return nil, false
	}
	for i := range *all {
		r := &(*all)[i]
		if r.typ == t && r.port == string(s.port) && r.proto == string(s.proto) && r.place == s.place {
			return r.set, true
		}
	}
	return nil, false
}

// remember is the set for the selected name, compiled now or earlier.
func (u *unit) remember(s *selector, t uint16, compile func() *answer.Set) *answer.Set {
	old := u.shelf.Load()
	if set, known := old.recall(s, t); known {
		return set
	}
	set := compile()
	if s.endpoint != nil || !s.all() && s.place == "" && !u.hasPort(s) {
		return set
	}
	var now shelf
	if old != nil {
		now = append(now, *old...)
	}
	now = append(now, remembered{t, s.labels(), string(s.port), string(s.proto), s.place, set})
	u.shelf.CompareAndSwap(old, &now) // if another was faster, the next question tries again
	return set
}

// hasPort reports whether a port is named and spelled like the selector: only those are worth remembering.
func (u *unit) hasPort(s *selector) bool {
	is := func(p cluster.Port) bool { return p.Name == string(s.port) && p.Protocol == string(s.proto) }
	if u.service.Type == cluster.ClusterIP {
		return slices.ContainsFunc(u.service.Ports.All(), is)
	}
	return slices.ContainsFunc(u.slices, func(sl *cluster.Slice) bool { return slices.ContainsFunc(sl.Ports.All(), is) })
}

// compileAddresses makes the A or AAAA records of a headless Service: each address once, slices in the order of their
// names and endpoints in the order of their slice.
func (u *unit) compileAddresses(z *Zone, s *selector, t uint16) *answer.Set {
	c := answer.NewAddressRecords(t, z.spec.TTL, u.room(s))
	for _, sl := range u.slices {
		if !anyPort(sl.Ports, s) {
			continue
		}
		for i := range sl.Endpoints.Len() {
			if s.isAt(sl, i) {
				c.Add(sl.Endpoints.Addr(i))
			}
		}
	}
	return c.Set()
}

// room is about how many endpoints the selector takes, if they are many.
func (u *unit) room(s *selector) int {
	if s.endpoint != nil || s.place != "" || u.service.Type != cluster.Headless {
		return 0
	}
	n := 0
	for _, sl := range u.slices {
		if anyPort(sl.Ports, s) {
			n += sl.Endpoints.Len()
		}
	}
	return n
}

// compileServices makes the SRV records of the selected name (DNS-Based Service Discovery 2.3.2, 2.4.2).
func (u *unit) compileServices(z *Zone, s *selector) *answer.Set {
	rel := u.rel()
	c := services{z: z, rel: rel, records: answer.NewServiceRecords(u.room(s))}
	switch {
	case s.endpoint != nil:
		u.named(s, func(sl *cluster.Slice, i int) bool {
			if i >= 0 {
				c.addEndpoint(sl, i, s)
			}
			return c.full()
		})
	case u.service.Type == cluster.Headless:
		for _, sl := range u.slices {
			if !anyPort(sl.Ports, s) {
				continue
			}
			for i := 0; i < sl.Endpoints.Len() && !c.full(); i++ {
				if s.isAt(sl, i) {
					c.addEndpoint(sl, i, s)
				}
			}
		}
	default:
		eachPort(u.service.Ports, s, func(p *cluster.Port) {
			for i := 0; i < u.service.IPs.Len() && !c.full(); i++ {
				c.add("", u.service.IPs.At(i), p.Number)
			}
		})
	}
	return c.set()
}

// share is the weight of one of so many.
func share(candidates int) uint16 { return uint16(max(1, 100/max(1, candidates))) }

// noPort is what a Service or slice without ports has.
var noPort cluster.Port

// eachPort calls f with each selected one of the ports; if there are none, with one without name, protocol and number.
func eachPort(ports cluster.Ports, s *selector, f func(*cluster.Port)) {
	all := ports.All()
	for i := range all {
		if p := &all[i]; s.takes(p) {
			f(p)
		}
	}
	if len(all) == 0 && s.takes(&noPort) {
		f(&noPort)
	}
}
