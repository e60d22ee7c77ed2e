package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// shelf is the answers that a unit remembers: those that cost more to compile than to find. There is at most one for
// each type and each of the unit's ports or places. Immutable.
type shelf []remembered

type remembered struct {
	typ         uint16
	port, proto string
	place       string
	set         *answer.Set
}

// remember is the set for the selected name, compiled now or earlier.
func (u *unit) remember(s selector, t uint16, compile func() *answer.Set) *answer.Set {
	old := u.shelf.Load()
	if old != nil {
		for i := range *old {
			r := &(*old)[i]
			if r.typ == t && r.port == string(s.port) && r.proto == string(s.proto) && r.place == s.place && s.endpoint == nil {
				return r.set
			}
		}
	}
	set := compile()
	if s.endpoint != nil || !s.all() && s.place == "" && !u.hasPort(s) {
		return set
	}
	var now shelf
	if old != nil {
		now = append(now, *old...)
	}
	now = append(now, remembered{t, string(s.port), string(s.proto), s.place, set})
	u.shelf.CompareAndSwap(old, &now) // if another was faster, the next question tries again
	return set
}

// hasPort reports whether a port is named and spelled like the selector: only those are worth remembering.
func (u *unit) hasPort(s selector) bool {
	is := func(p cluster.Port) bool { return p.Name == string(s.port) && p.Protocol == string(s.proto) }
	if u.service.Type == cluster.ClusterIP {
		return slices.ContainsFunc(u.service.Ports, is)
	}
	return slices.ContainsFunc(u.slices, func(sl *cluster.Slice) bool { return slices.ContainsFunc(sl.Ports, is) })
}

// compileAddresses makes the A or AAAA records of a headless Service: each address once, slices in the order of their
// names and endpoints in the order of their slice.
func (u *unit) compileAddresses(z *Zone, s selector, t uint16) *answer.Set {
	var all []netip.Addr
	seen := map[netip.Addr]struct{}{}
	for _, sl := range u.slices {
		if !anyPort(sl.Ports, s) {
			continue
		}
		for i, e := range sl.Endpoints {
			if _, ok := seen[e.Addr]; !ok && s.isAt(sl, i) && answer.Family(e.Addr) == t {
				seen[e.Addr] = struct{}{}
				all = append(all, e.Addr)
			}
		}
	}
	return answer.Addresses(t, z.spec.TTL, all)
}

// services collects SRV records and their glue: one for each target and port number, one address record for each
// target and address.
type services struct {
	srv        []answer.SRV
	glue       []answer.Glue
	targets    map[string]int // first record of a target
	seenSRV    map[service]struct{}
	seenGlue   map[glue]struct{}
	nameable   func(target string) bool
	candidates int // before any was found to be double: the weight is their share
}

type service struct {
	target string
	port   uint16
}

type glue struct {
	target string
	addr   netip.Addr
}

func (c *services) add(target string, a netip.Addr, p cluster.Port) {
	c.candidates++
	if p.Number == 0 || !c.nameable(target) {
		return
	}
	if c.targets == nil {
		c.targets, c.seenSRV, c.seenGlue = map[string]int{}, map[service]struct{}{}, map[glue]struct{}{}
	}
	if _, ok := c.seenSRV[service{target, p.Number}]; !ok {
		c.seenSRV[service{target, p.Number}] = struct{}{}
		if _, ok := c.targets[target]; !ok {
			c.targets[target] = len(c.srv)
		}
		c.srv = append(c.srv, answer.SRV{Label: target, Port: p.Number})
	}
	if _, ok := c.seenGlue[glue{target, a}]; !ok {
		c.seenGlue[glue{target, a}] = struct{}{}
		c.glue = append(c.glue, answer.Glue{Of: c.targets[target], Addr: a})
	}
}

// compileServices makes the SRV records of the selected name (DNS-Based Service Discovery 2.3.2, 2.4.2).
func (u *unit) compileServices(z *Zone, s selector) *answer.Set {
	rel := u.rel()
	c := services{nameable: func(label string) bool { return z.nameable(label, rel) }}
	switch {
	case s.endpoint != nil:
		u.named(s, func(sl *cluster.Slice, e *cluster.Endpoint) bool {
			if e != nil {
				label := endpointName(sl, e)
				eachPort(sl.Ports, s, func(p cluster.Port) { c.add(label, e.Addr, p) })
			}
			return false
		})
	case u.service.Type == cluster.Headless:
		for _, sl := range u.slices {
			for i := range sl.Endpoints {
				e := &sl.Endpoints[i]
				if !s.isAt(sl, i) {
					continue
				}
				label := endpointName(sl, e)
				eachPort(sl.Ports, s, func(p cluster.Port) { c.add(label, e.Addr, p) })
			}
		}
	default:
		eachPort(u.service.Ports, s, func(p cluster.Port) {
			for _, a := range u.service.IPs {
				c.add("", a, p)
			}
		})
	}
	if z.spec.Strict.Weights {
		c.candidates = len(c.srv)
	}
	for i := range c.srv {
		c.srv[i].Weight = share(c.candidates)
	}
	slices.SortStableFunc(c.glue, func(a, b answer.Glue) int { return a.Of - b.Of })
	return answer.Services(z.spec.TTL, rel, c.srv, c.glue)
}

// share is the weight of one of so many.
func share(candidates int) uint16 { return uint16(max(1, 100/max(1, candidates))) }

// eachPort calls f with each selected one of the ports.
func eachPort(ports []cluster.Port, s selector, f func(cluster.Port)) {
	for _, p := range orAny(ports) {
		if s.takes(p) {
			f(p)
		}
	}
}

// orAny is the ports; if there are none, one without name, protocol and number.
func orAny(ports []cluster.Port) []cluster.Port {
	if len(ports) == 0 {
		return []cluster.Port{{}}
	}
	return ports
}
