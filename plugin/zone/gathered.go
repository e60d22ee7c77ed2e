package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// endpoints reports whether what is said of endpoints differs, at their own names and, of a headless Service, at all
// names that gather them. Only what is said of strays, and what counts them, can differ.
func (d *difference) endpoints() bool {
	var names []selector
	seen := map[string]struct{}{}
	for _, s := range d.strays {
		name := endpointName(s.slice, s.endpoint())
		if _, ok := seen[name]; ok {
			continue
		}
		seen[name] = struct{}{}
		n := selector{endpoint: []byte(endpointLabel(s.endpoint())), cluster: []byte(s.slice.Cluster())}
		if !d.sameEndpoint(n, selector{}, true) {
			return true
		}
		names = append(names, n)
	}
	if d.now.service.Type != cluster.Headless {
		return false
	}
	return slices.ContainsFunc(d.gathering(), func(s selector) bool { return !d.sameGathered(s, names) })
}

// gathering is the selectors of the names that gather endpoints of the slices that differ.
func (d *difference) gathering() []selector {
	var parts unit
	all := []selector{{}}
	parts.service = d.now.service
	eachChange(d.old.slices, d.now.slices, func(old, now *cluster.Slice) {
		for _, sl := range [...]*cluster.Slice{old, now} {
			if sl != nil {
				parts.slices = append(parts.slices, sl)
			}
		}
	})
	all = append(all, spellings(parts.portWords())...)
	if d.now.zonal(d.z) {
		for _, p := range parts.places() {
			all = append(all, selector{place: p})
		}
	}
	return all
}

// sameGathered compares a name that gathers endpoints, as far as it depends on the strays, which have those names.
func (d *difference) sameGathered(s selector, names []selector) bool {
	if same, records := d.sameExistence(s); !records {
		return same
	}
	if d.old.weight(d.z, s) != d.now.weight(d.z, s) {
		return false
	}
	for _, n := range names {
		if !d.sameEndpoint(n, s, false) {
			return false
		}
	}
	if s.ports && d.z.spec.Strict.Ports {
		return true
	}
	seen := map[netip.Addr]struct{}{}
	for _, st := range d.strays {
		a := st.endpoint().Addr
		if _, ok := seen[a]; !ok && d.old.gathers(a, s) != d.now.gathers(a, s) {
			return false
		}
		seen[a] = struct{}{}
	}
	return true
}

// sameEndpoint compares the service records whose target is the endpoint at the name that gathers it; if it is the
// endpoint's own name, also their weights and the addresses.
func (d *difference) sameEndpoint(n, gathered selector, own bool) bool {
	a, b := d.old.says(d.z, n, gathered), d.now.says(d.z, n, gathered)
	return slices.Equal(a.numbers, b.numbers) && (!own || slices.Equal(a.addrs, b.addrs) && a.weight == b.weight)
}

// saying is what is said of the endpoints of one name: in order, and each thing once.
type saying struct {
	addrs   []netip.Addr
	numbers []uint16
	weight  uint16 // 0: there are no service records
}

func (u *unit) says(z *Zone, n, gathered selector) (s saying) {
	candidates := 0
	u.named(&n, func(sl *cluster.Slice, i int) bool {
		if !gathered.isAt(sl, i) {
			return false
		}
		s.addrs = append(s.addrs, sl.Endpoints.Addr(i))
		eachPort(sl.Ports, &gathered, func(p *cluster.Port) {
			candidates++
			s.numbers = append(s.numbers, p.Number)
		})
		return false
	})
	slices.SortFunc(s.addrs, netip.Addr.Compare)
	slices.Sort(s.numbers)
	s.addrs, s.numbers = slices.Compact(s.addrs), slices.Compact(s.numbers)
	if len(s.numbers) > 0 && s.numbers[0] == 0 {
		s.numbers = s.numbers[1:] // no record then
	}
	switch {
	case len(s.numbers) == 0:
	case z.spec.Strict.Weights:
		s.weight = share(len(s.numbers))
	default:
		s.weight = share(candidates)
	}
	return s
}

// weight is the weight of the service records at a name that gathers endpoints, 0 if there are none. Where it is the
// share of one record it differs only with the records, and is 0 too.
func (u *unit) weight(z *Zone, s selector) uint16 {
	candidates, some := 0, false
	if z.spec.Strict.Weights {
		return 0
	}
	for _, sl := range u.slices {
		n := sl.Endpoints.Len()
		if s.place != "" {
			n = 0
			for _, p := range sl.Places() {
				if p == s.place {
					n++
				}
			}
		}
		eachPort(sl.Ports, &s, func(p *cluster.Port) {
			candidates += n
			some = some || n > 0 && p.Number > 0
		})
	}
	if !some {
		return 0
	}
	return share(candidates)
}

// gathers reports whether the address is one of the selected name.
func (u *unit) gathers(a netip.Addr, s selector) bool {
	for _, sl := range u.slicesAt(a) {
		if !anyPort(sl.Ports, &s) {
			continue
		}
		all := sl.Endpoints.Addrs()
		for i := all.Index(a, 0); i >= 0; i = all.Index(a, i+1) {
			if s.isAt(sl, i) {
				return true
			}
		}
	}
	return false
}
