package zone

import (
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// unit is all at and below SVC.NS.svc. It is immutable but for the answers that it remembers, and an update replaces
// it as a whole.
type unit struct {
	id      *ident
	service *cluster.Service // nil while only slices of it are known: it has reverse names, and no others
	slices  []*cluster.Slice // in the order of their names
	hosts   bool             // some slice has names of hosts in place of addresses
	hidden  bool             // it has no names, for it has no endpoints
	pointed bool             // there is a zone that PTR records of its addresses point into
	index   *index           // of the endpoints when there are many, else nil
	shelf   atomic.Pointer[shelf]
}

// selector chooses names at or below a unit. The zero value is SVC.NS.svc itself.
type selector struct {
	endpoint    []byte // one label in front
	cluster     []byte // the label behind it, of an imported endpoint
	ports       bool   // two labels in front, with their underscores stripped
	port, proto []byte // "": any
	place       string // labels in front that select the endpoints of a place; "": anywhere
	found       spots  // by exists: where the endpoints are
}

// spots is where the endpoints of a name are. The zero value is nowhere.
type spots struct {
	first [2]spot
	n     int // more than first holds: who wants them all has to look again
}

// spot is where an endpoint is; at is -1 for a target of an FQDN slice.
type spot struct {
	slice *cluster.Slice
	at    int
}

func (s *spots) add(slice *cluster.Slice, at int) {
	if s.n < len(s.first) {
		s.first[s.n] = spot{slice, at}
	}
	s.n++
}

// all reports whether the selector leaves nothing out.
func (s *selector) all() bool {
	return s.endpoint == nil && len(s.port) == 0 && len(s.proto) == 0 && s.place == ""
}

// takes reports whether the selector takes the port. Names and protocols are in lower case.
func (s *selector) takes(p *cluster.Port) bool {
	return (len(s.port) == 0 || string(s.port) == p.Name) && (len(s.proto) == 0 || string(s.proto) == p.Protocol)
}

// rel is the unit's name without the origin.
func (u *unit) rel() string { return u.id.name() + "." + u.id.namespace() + ".svc" }

// exists reports whether the selected name exists.
func (u *unit) exists(s *selector) bool {
	switch {
	case u.service.Type == cluster.ExternalName:
		return s.all() && u.service.Target() != ""
	case s.endpoint != nil:
		s.found = spots{}
		u.named(s, func(sl *cluster.Slice, i int) bool {
			s.found.add(sl, i)
			return false
		})
		return s.found.n > 0
	case u.service.Type == cluster.Headless:
		for _, sl := range u.slices {
			if listsAny(sl) && anyPort(sl.Ports, s) {
				return true
			}
		}
		return false
	}
	return s.all() || anyPort(u.service.Ports, s)
}

// anyPort reports whether one of the ports is selected. No ports count as one without name and protocol.
func anyPort(ports cluster.Ports, s *selector) bool {
	all := ports.All()
	for i := range all {
		if s.takes(&all[i]) {
			return true
		}
	}
	return len(all) == 0 && s.takes(&noPort)
}

// records adds the records of a type at the selected name, which exists and is no alias.
func (u *unit) records(z *Zone, r *answer.Reply, s *selector, t uint16) {
	switch t {
	case dns.TypeA, dns.TypeAAAA:
		if s.ports && z.spec.Strict.Ports {
			return
		}
		if s.endpoint != nil {
			u.endpointAddresses(z, r, s, t)
		} else if u.service.Type == cluster.Headless {
			r.Set = u.remember(s, t, func() *answer.Set { return u.compileAddresses(z, s, t) })
		} else {
			u.clusterIPs(z, r, t)
		}
	case dns.TypeSRV:
		r.Set = u.remember(s, t, func() *answer.Set { return u.compileServices(z, s) })
	}
}

// clusterIPs adds the records of the Service's own addresses.
func (u *unit) clusterIPs(z *Zone, r *answer.Reply, t uint16) {
	first, more := u.service.IPs.First(t == dns.TypeA)
	switch {
	case more:
		as := addresses{ttl: z.spec.TTL}
		for a := range u.service.IPs.All() {
			as.add(a)
		}
		as.records(r, t)
	case first.IsValid():
		r.AddFew(first)
	}
}

// servers calls f with the names, and their addresses, by which a server at the address is reached: the Service's own,
// or, if it is headless, those of its endpoints in the same slice.
func (u *unit) servers(z *Zone, local netip.Addr, f func(label string, a netip.Addr)) {
	if u.service == nil {
		return
	}
	for _, sl := range u.slices {
		if !sl.Endpoints.Addrs().Has(local) {
			continue
		}
		switch u.service.Type {
		case cluster.ClusterIP:
			for a := range u.service.IPs.All() {
				f("", a)
			}
		case cluster.Headless:
			for i := range sl.Endpoints.Len() {
				e := sl.Endpoints.At(i)
				f(endpointLabel(e), e.Addr)
			}
		}
	}
}

func listsAny(sl *cluster.Slice) bool { return sl.Size() > 0 }

// unitFor is the unit that the state makes of the name, in the place of the old one, if any; nil if DNS knows nothing of it.
func (z *Zone) unitFor(v *view, s *cluster.State, k cluster.Key, old *unit) *unit {
	if v.namespace(k.Namespace) == nil {
		return nil
	}
	service, all := s.Group(k)
	if service == nil && len(all) == 0 {
		return nil
	}
	u := &unit{service: service, slices: all}
	if old != nil {
		u.id = old.id
	} else {
		u.id = newIdent(k.Namespace, k.Name)
		u.id.imported = k.Imported
	}
	u.hidden = z.spec.IgnoreEmpty && service != nil && service.Type == cluster.ClusterIP && !slices.ContainsFunc(all, listsAny)
	u.hosts = slices.ContainsFunc(all, func(sl *cluster.Slice) bool { return len(sl.FQDNs()) > 0 })
	u.pointed = k.Imported && service != nil && z.clusterset != "" || !k.Imported && z.primary != ""
	u.index = newIndex(old, u)
	return u
}

// owns reports whether the address is a cluster IP or an endpoint of the unit, and has PTR records.
func (u *unit) owns(a netip.Addr) bool {
	if u == nil || !u.pointed {
		return false
	}
	if u.service != nil && u.service.IPs.Has(a) {
		return true
	}
	if u.index != nil {
		return u.index.has(a)
	}
	return slices.ContainsFunc(u.slices, func(sl *cluster.Slice) bool { return sl.Endpoints.Addrs().Has(a) })
}

// addresses calls f with the addresses that the unit owns, but for those of endpoints that the other unit has in the same
// place.
func (u *unit) addresses(other *unit, f func(netip.Addr)) {
	if u == nil || !u.pointed {
		return
	}
	if other != nil && !other.pointed {
		other = nil
	}
	if u.service != nil {
		for a := range u.service.IPs.All() {
			f(a)
		}
	}
	eachChange(other.parts(), u.slices, func(before, now *cluster.Slice) {
		if now == nil {
			return
		}
		start, end, _ := between(now, before)
		for i := start; i < end; i++ {
			f(now.Endpoints.Addr(i))
		}
	})
}

// slicesAt is the slices of the unit that have the address, and perhaps others.
func (u *unit) slicesAt(a netip.Addr) []*cluster.Slice {
	if u.index == nil {
		return u.slices
	}
	return u.index.at(a)
}
