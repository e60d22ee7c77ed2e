package zone

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Reach is one way to reach a Service, or an endpoint of it, from outside of the cluster, on one of its ports.
type Reach struct {
	Namespace, Service string
	Endpoint           string // label of the endpoint; "" for the Service itself
	Addr               netip.Addr
	Host               string // in the place of an address: lower case, fully qualified
	Port               cluster.Port
}

// outside is the Services by their external IPs. It is empty unless the source tells of them. Immutable.
type outside struct {
	owners holders[ident]
	serial uint32
}

// Outside is how the name is reached from outside: NS, SVC.NS, EP.SVC.NS or _PORT._PROTO.SVC.NS, the labels in front of
// a zone of its own. That is by the external IPs and load balancers of the Service; or, if it has none and headless
// ones are wanted, by its endpoints. Any goroutine may call it.
func (z *Zone) Outside(labels []string, headless bool) ([]Reach, Outcome) {
	v := z.view.Load()
	n := len(labels)
	switch {
	case !v.complete:
		return nil, Unready
	case n == 0 || n > 4 || v.namespace(labels[n-1]) == nil:
		return nil, Absent
	case n == 1:
		return nil, Empty
	}
	u := v.unitOf(newIdent(labels[n-1], labels[n-2]))
	if u == nil {
		return nil, Absent
	}
	var s selector
	switch n {
	case 3:
		label := strip([]byte(labels[0]))
		if z.spec.Strict.External && (len(label) < len(labels[0]) || u.service != nil && !u.service.Outside.Empty()) {
			return nil, Absent
		}
		if len(label) > 0 {
			s.endpoint = label
		}
	case 4:
		s.ports, s.port, s.proto = true, strip([]byte(labels[0])), strip([]byte(labels[1]))
	}
	var all []Reach
	u.reach(s, headless, func(r Reach) { all = append(all, r) })
	if len(all) == 0 {
		return nil, Absent
	}
	return all, Found
}

// OutsideAt is the Services that have the external IP; of a Reach it tells only the Service. Any goroutine may call it.
func (z *Zone) OutsideAt(a netip.Addr) ([]Reach, Outcome) {
	v := z.view.Load()
	if !v.complete {
		return nil, Unready
	}
	var all []Reach
	v.outside.owners.each(a, func(id *ident) {
		all = append(all, Reach{Namespace: id.namespace(), Service: id.name(), Addr: a})
	})
	if len(all) == 0 {
		return nil, Absent
	}
	slices.SortFunc(all, func(a, b Reach) int {
		return strings.Compare(a.Service+"."+a.Namespace, b.Service+"."+b.Namespace)
	})
	return all, Found
}

// EachOutside calls f with every way there is, all of one moment. Any goroutine may call it.
func (z *Zone) EachOutside(headless bool, f func(Reach)) {
	z.view.Load().units.each(func(u *unit) {
		if u.reached() {
			u.reach(selector{}, headless, f)
		}
	})
}

// ServersOutside is how this server is reached from outside: through the Services of which it is an endpoint, or, if it is
// none of any, at the addresses that it listens on. Any goroutine may call it.
func (z *Zone) ServersOutside(headless bool) []Reach {
	v, local, found := z.view.Load(), *z.local.Load(), false
	var all []Reach
	add := func(r Reach) {
		r.Port = cluster.Port{}
		if r.Addr.IsValid() && !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for _, a := range local {
		us, _ := v.unitsAt(a)
		slices.SortFunc(us, func(a, b *unit) int { return strings.Compare(a.rel(), b.rel()) })
		for _, u := range us {
			for _, sl := range u.slicesAt(a) {
				if !sl.Endpoints.Addrs().Has(a) {
					continue
				}
				found = true
				if u.service == nil {
					continue
				}
				if headless && u.service.Type == cluster.Headless {
					u.reachEndpoints(selector{}, []*cluster.Slice{sl}, add)
				} else {
					u.reach(selector{}, false, add)
				}
			}
		}
	}
	if !found {
		for _, a := range local {
			add(Reach{Addr: a})
		}
	}
	return all
}

// OutsideSerial is the serial of all that is reached from outside, 0 if nothing is known yet. Any goroutine may call it.
func (z *Zone) OutsideSerial() uint32 { return z.view.Load().outside.serial }

// reach calls f with each way to reach what is selected. External IPs are the Service's as a whole: with them, an endpoint
// is not told from others.
func (u *unit) reach(s selector, headless bool, f func(Reach)) {
	if u.service == nil {
		return
	}
	left, all := mostCandidates, f
	f = func(r Reach) {
		if left--; left >= 0 {
			all(r)
		}
	}
	o := u.service.Outside
	switch {
	case !o.Empty():
		eachPort(u.service.Ports, &s, func(p *cluster.Port) {
			for a := range o.IPs.All() {
				f(Reach{Namespace: u.id.namespace(), Service: u.id.name(), Addr: a, Port: *p})
			}
			for _, h := range o.Hosts {
				f(Reach{Namespace: u.id.namespace(), Service: u.id.name(), Host: h, Port: *p})
			}
		})
	case headless && (u.service.Type == cluster.Headless || s.endpoint != nil):
		u.reachEndpoints(s, u.slices, f)
	}
}

// reachEndpoints calls f with each selected endpoint in the slices of the unit, on each selected port.
func (u *unit) reachEndpoints(s selector, in []*cluster.Slice, f func(Reach)) {
	one := func(sl *cluster.Slice, label string, a netip.Addr, host string) {
		eachPort(sl.Ports, &s, func(p *cluster.Port) { f(Reach{u.id.namespace(), u.id.name(), label, a, host, *p}) })
	}
	if s.endpoint != nil {
		u.named(&s, func(sl *cluster.Slice, i int) bool {
			if i >= 0 {
				one(sl, string(s.endpoint), sl.Endpoints.Addr(i), "")
			}
			return false
		})
	}
	for _, sl := range in {
		for i := 0; s.endpoint == nil && i < sl.Endpoints.Len(); i++ {
			e := sl.Endpoints.At(i)
			one(sl, endpointLabel(e), e.Addr, "")
		}
		for _, h := range sl.FQDNs() {
			if label := hostLabel(h); s.endpoint == nil || label == string(s.endpoint) {
				one(sl, label, netip.Addr{}, h.Target)
			}
		}
	}
}

// external is the external IPs of the unit.
func (u *unit) external() cluster.Addrs {
	if u == nil || u.service == nil || u.service.Outside == nil {
		return cluster.Addrs{}
	}
	return u.service.Outside.IPs
}

// reached reports whether the unit may be reached from outside.
func (u *unit) reached() bool {
	return u != nil && u.service != nil && (!u.service.Outside.Empty() || u.service.Type == cluster.Headless)
}

// update makes the unit's external IPs what they are now; either unit may be nil.
func (t *outside) update(e *edit, id *ident, old, now *unit) {
	before, after := old.external(), now.external()
	if before == after {
		return
	}
	has := after.Has
	if after.Len() > manyAddresses {
		all := make(map[netip.Addr]struct{}, after.Len())
		for a := range after.All() {
			all[a] = struct{}{}
		}
		has = func(a netip.Addr) bool { _, ok := all[a]; return ok }
	}
	for a := range before.All() {
		if !has(a) {
			t.owners.remove(e, a, id)
		}
	}
	for a := range after.All() {
		t.owners.add(e, a, id)
	}
}
