package zone

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// tweak is changes that DNS may well not see: of what there is, a little.
func (r random) tweak(s *cluster.State) []cluster.Change {
	var keys []cluster.Key
	s.Groups(func(k cluster.Key) { keys = append(keys, k) })
	slices.SortFunc(keys, func(a, b cluster.Key) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if len(keys) == 0 {
		return nil
	}
	service, parts := s.Group(pick(r, keys))
	parts = slices.DeleteFunc(parts, func(sl *cluster.Slice) bool { return strings.Contains(sl.Name, " ") }) // what is held
	if service != nil && (r.IntN(4) == 0 || len(parts) == 0) {
		c := *service
		switch r.IntN(6) {
		case 0:
			c.Selects = !c.Selects
		case 1:
			c.Outside = &cluster.Outside{IPs: parse(some(r, ips, 2))}
		case 2:
			c.Ports = some(r, c.Ports, 4)
		case 3:
			c.Ports = append(slices.Clone(c.Ports), pick(r, ports))
		case 4:
			c.IPs = slices.Clone(c.IPs)
			slices.Reverse(c.IPs)
		case 5:
			c.Type = cluster.ServiceType(r.IntN(2))
		}
		return []cluster.Change{cluster.Put(&c)}
	}
	if len(parts) == 0 {
		return nil
	}
	a, b := *pick(r, parts), *pick(r, parts)
	a.Endpoints, a.Places, a.Ports = slices.Clone(a.Endpoints), slices.Clone(a.Places), slices.Clone(a.Ports)
	shuffled := r.Perm(len(a.Endpoints))
	switch n := r.IntN(8); {
	case n == 0: // another order
		old := a
		a.Endpoints = nil
		a.Places = nil
		for _, i := range shuffled {
			a.Endpoints = append(a.Endpoints, old.Endpoints[i])
			if old.Places != nil {
				a.Places = append(a.Places, old.Places[i])
			}
		}
	case n == 1: // another name
		a.Name = fmt.Sprint("s", r.IntN(7))
		return []cluster.Change{cluster.Put(&a), cluster.Gone(parts[0].Ref())}
	case n == 2 && len(a.Endpoints) > 0: // what another slice has
		i := len(a.Endpoints) - 1
		c := b
		c.Endpoints, c.Places = append(slices.Clone(b.Endpoints), a.Endpoints[i]), slices.Clone(b.Places)
		if c.Places != nil {
			c.Places = append(c.Places, pick(r, places))
		} else if len(b.Endpoints) == 0 && a.Places != nil {
			c.Places = []string{a.Places[i]}
		}
		a.Endpoints = a.Endpoints[:i]
		if a.Places != nil {
			a.Places = a.Places[:i]
		}
		if a.Name == b.Name || r.IntN(2) == 0 {
			return []cluster.Change{cluster.Put(&c)}
		}
		return []cluster.Change{cluster.Put(&c), cluster.Put(&a)}
	case n == 3 && len(a.Ports) > 0:
		a.Ports[r.IntN(len(a.Ports))] = pick(r, ports)
	case n == 4:
		slices.Reverse(a.Ports)
	case n == 5:
		a.Ports = append(a.Ports, pick(r, ports))
	case n == 6 && len(a.Places) > 0:
		a.Places[r.IntN(len(a.Places))] = pick(r, places)
	case len(a.Endpoints) > 0:
		a.Endpoints[r.IntN(len(a.Endpoints))].Pod = pick(r, []string{"", "p0", "p1"})
	}
	return []cluster.Change{cluster.Put(&a)}
}

// seeAbove sees a reverse name and the inside of the tree above it.
func seeAbove(name string, see func(string)) {
	for strings.Count(name, ".") > 2 {
		see(name)
		_, name, _ = strings.Cut(name, ".")
	}
}

// everyName calls f with all names, without an origin, that a random world may have.
func (z *Zone) everyName(f func(rel string)) {
	f("dns-version")
	f("ns.dns")
	labels := append([]string{"p0", "p1", "p2", "h-1", "_tcp", "_udp", "_zone", "pin._zone", "prefer._zone"}, hostnames...)
	for _, h := range hosts {
		labels = append(labels, hostLabel(cluster.Host{Target: h}))
	}
	for _, a := range parse(endpoints) {
		labels = append(labels, string(appendDashed(nil, a)))
	}
	for _, c := range clusters {
		for _, l := range slices.Clone(labels) {
			labels = append(labels, l+"."+c)
		}
		labels = append(labels, c)
	}
	for _, p := range []string{"a", "b", "x.c", "zz"} {
		labels = append(labels, p+".pin._zone", p+".prefer._zone")
	}
	for _, port := range []string{"_", "_http", "_dns", "_open"} {
		for _, proto := range []string{"_", "_tcp", "_udp"} {
			labels = append(labels, port+"."+proto)
		}
	}
	big := slices.Clone(labels)
	for i := range 120 {
		big = append(big, fmt.Sprint("10-2-0-", i))
		if i < 20 {
			big = append(big, fmt.Sprint("h-", i))
			for _, c := range clusters {
				big = append(big, fmt.Sprint("h-", i, ".", c))
			}
		}
		for _, c := range clusters {
			big = append(big, fmt.Sprint("10-2-0-", i, ".", c))
		}
	}
	slices.Sort(big)
	big = slices.Compact(big)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	for _, ns := range namespaces {
		f(ns + ".svc")
		f(ns + ".pod")
		for _, a := range parse(endpoints) {
			f(string(appendDashed(nil, a)) + "." + ns + ".pod")
		}
		for _, s := range serviceNames {
			of := labels
			if s == "big" {
				of = big
			}
			f(s + "." + ns + ".svc")
			for _, l := range of {
				f(l + "." + s + "." + ns + ".svc")
			}
		}
	}
}
