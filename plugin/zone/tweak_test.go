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
			c.Outside = &cluster.Outside{IPs: addrs(some(r, ips, 2)...)}
		case 2:
			c.Ports = cluster.PortsOf(some(r, c.Ports.All(), 4)...)
		case 3:
			c.Ports = cluster.PortsOf(append(slices.Clone(c.Ports.All()), pick(r, ports))...)
		case 4:
			all := slices.Collect(c.IPs.All())
			slices.Reverse(all)
			c.IPs = cluster.AddrsOf(all...)
		case 5:
			c.Type = cluster.ServiceType(r.IntN(2))
		}
		return []cluster.Change{cluster.Put(&c)}
	}
	if len(parts) == 0 {
		return nil
	}
	a, b := takeApart(pick(r, parts)), takeApart(pick(r, parts))
	shuffled := r.Perm(len(a.endpoints))
	switch n := r.IntN(8); {
	case n == 0: // another order
		old := takeApart(a.together())
		a.endpoints, a.beside.Places = nil, nil
		for _, i := range shuffled {
			a.endpoints = append(a.endpoints, old.endpoints[i])
			if old.beside.Places != nil {
				a.beside.Places = append(a.beside.Places, old.beside.Places[i])
			}
		}
	case n == 1: // another name
		a.Name = fmt.Sprint("s", r.IntN(7))
		return []cluster.Change{cluster.Put(a.together()), cluster.Gone(parts[0].Ref())}
	case n == 2 && len(a.endpoints) > 0: // what another slice has
		i := len(a.endpoints) - 1
		c := takeApart(b.together())
		c.endpoints = append(c.endpoints, a.endpoints[i])
		if c.beside.Places != nil {
			c.beside.Places = append(c.beside.Places, pick(r, places))
		} else if len(b.endpoints) == 0 && a.beside.Places != nil {
			c.beside.Places = []string{a.beside.Places[i]}
		}
		a.endpoints = a.endpoints[:i]
		if a.beside.Places != nil {
			a.beside.Places = a.beside.Places[:i]
		}
		if a.Name == b.Name || r.IntN(2) == 0 {
			return []cluster.Change{cluster.Put(c.together())}
		}
		return []cluster.Change{cluster.Put(c.together()), cluster.Put(a.together())}
	case n == 3 && len(a.ports) > 0:
		a.ports[r.IntN(len(a.ports))] = pick(r, ports)
	case n == 4:
		slices.Reverse(a.ports)
	case n == 5:
		a.ports = append(a.ports, pick(r, ports))
	case n == 6 && len(a.beside.Places) > 0:
		a.beside.Places[r.IntN(len(a.beside.Places))] = pick(r, places)
	case len(a.endpoints) > 0:
		a.endpoints[r.IntN(len(a.endpoints))].Name = pick(r, []string{"", "p0", "p1"})
	}
	return []cluster.Change{cluster.Put(a.together())}
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
