package zone

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// dns-version.ORIGIN tells which version of the specification is served (Kubernetes DNS-Based Service Discovery 2.1).
// Where ServiceImports are, it is another specification (Multi-Cluster Services DNS 2.2).
const (
	version       = "1.1.0"
	importVersion = "1.0.0"
	versionTTL    = 28800
)

// defaultServer is the name, in every zone, of the addresses that the server listens on.
const defaultServer = "ns.dns"

// apexRecords adds the records at an origin itself.
func (z *Zone) apexRecords(v *view, r *answer.Reply, o *origin, t uint16) {
	switch t {
	case dns.TypeSOA:
		r.SOA = &v.soas[o.index].answer
	case dns.TypeNS:
		r.Set = z.rememberServers(v, o)
	}
}

// servers is the NS records of an origin: the Services through which this server is reached, or, if there is
// none, ns.dns. In zones without Services they are names of the primary zone, for there they have addresses.
func (z *Zone) servers(v *view, o *origin) *answer.Set {
	var names []answer.Name
	var glue []answer.Glue
	places, known := map[answer.Name]int{}, map[answer.Glue]struct{}{}
	add := func(n answer.Name, a netip.Addr) {
		i, ok := places[n]
		if !ok {
			i = len(names)
			names, places[n] = append(names, n), i
		}
		g := answer.Glue{Of: i, Addr: a}
		if _, ok := known[g]; a.IsValid() && !ok {
			glue, known[g] = append(glue, g), struct{}{}
		}
	}
	name := func(label, rel string) answer.Name {
		n := answer.Name{Label: label, Rel: rel}
		if o.reverse || o.imports && rel != defaultServer {
			n.Rel = join(rel, cmp.Or(z.primary, z.clusterset))
		}
		return n
	}
	local := *z.local.Load()
	for _, a := range local {
		us, _ := v.unitsAt(a)
		slices.SortFunc(us, func(a, b *unit) int { return strings.Compare(a.rel(), b.rel()) })
		for _, u := range us {
			u.servers(z, a, func(label string, a netip.Addr) {
				if rel := u.rel(); z.nameable(label, rel) {
					add(name(label, rel), a)
				}
			})
		}
	}
	if len(names) == 0 {
		n := name("", defaultServer)
		add(n, netip.Addr{})
		for _, a := range local {
			add(n, a)
		}
	}
	slices.SortStableFunc(glue, func(a, b answer.Glue) int { return a.Of - b.Of })
	return answer.Names(dns.TypeNS, z.spec.TTL, names, glue)
}

// serverSets is the NS records that a view remembers, by origin. They are of what the server listened on then. Immutable.
type serverSets struct {
	local *[]netip.Addr
	sets  []*answer.Set // nil: nobody has asked
}

// rememberServers is the NS records of an origin, compiled now or earlier.
func (z *Zone) rememberServers(v *view, o *origin) *answer.Set {
	local, old := z.local.Load(), v.servers.Load()
	if old != nil && old.local == local && old.sets[o.index] != nil {
		return old.sets[o.index]
	}
	now := &serverSets{local: local, sets: make([]*answer.Set, len(z.origins))}
	if old != nil && old.local == local {
		copy(now.sets, old.sets)
	}
	now.sets[o.index] = z.servers(v, o)
	v.servers.CompareAndSwap(old, now)
	return now.sets[o.index]
}

// serverAddresses is where ns.dns is.
func (z *Zone) serverAddresses() addresses {
	var as addresses
	for _, a := range *z.local.Load() {
		as.add(a)
	}
	as.ttl = z.spec.TTL
	return as
}

// join is a relative name in an origin.
func join(rel, origin string) string {
	if origin == "." {
		return rel + "."
	}
	return rel + "." + origin
}
