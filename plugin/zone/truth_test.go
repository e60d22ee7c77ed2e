package zone

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// world is a cluster as one reads it aloud: what a name means is found by going through all there is. It is the
// specification that the zone is compared with, and has no table, no order of its own and nothing compiled.
type world struct {
	spec   Spec
	local  []netip.Addr
	state  *cluster.State
	groups []cluster.Key
}

// said is what a world says of a name. Records are as messages print them, in lower case.
type said struct {
	exists  bool
	reverse bool // it is the inside of a reverse tree
	answer  []string
	extra   []string
	soa     bool // in the authority section
	rcode   int
	chase   Chase
}

// candidate is one endpoint, or cluster IP, on one port.
type candidate struct {
	name string // of the endpoint, or the Service, in the zone
	addr netip.Addr
	host string // in place of an address
	port uint16
}

func (w *world) exposed(ns string) bool {
	return w.state.Namespace(ns) && (len(w.spec.Namespaces) == 0 || slices.Contains(w.spec.Namespaces, ns))
}

func (w *world) origin(name string) (origin, rel string, ok bool) {
	for _, o := range w.spec.Origins {
		if dns.IsSubDomain(o, name) && len(o) > len(origin) {
			origin, ok = o, true
		}
	}
	return origin, strings.TrimSuffix(strings.TrimSuffix(name, origin), "."), ok
}

func (w *world) imports(origin string) bool { return slices.Contains(w.spec.Clustersets, origin) }

func reverse(origin string) bool { return strings.HasSuffix(origin, ".arpa.") }

// say answers a question in lower case.
func (w *world) say(name string, t uint16) said {
	origin, rel, _ := w.origin(name)
	s := w.node(name, origin, rel, t)
	if c := s.chain(w, name, t); c != nil {
		return *c
	}
	s.soa = len(s.answer) == 0
	if !s.exists {
		s.rcode = dns.RcodeNameError
	}
	return s
}

// chain follows a lone alias; nil if there is none.
func (s said) chain(w *world, owner string, t uint16) *said {
	seen := []string{}
	all := said{exists: true}
	for len(s.answer) == 1 && strings.Contains(s.answer[0], "\tCNAME\t") {
		_, target, _ := strings.Cut(s.answer[0], "\tCNAME\t")
		if slices.Contains(seen, target) || len(seen) == 11 {
			all.soa = true
			return &all
		}
		seen, all.answer = append(seen, target), append(all.answer, s.answer[0])
		if t != dns.TypeA && t != dns.TypeAAAA {
			return &all
		}
		origin, rel, ok := w.origin(target)
		if !ok {
			all.chase = Chase{Target: target}
			return &all
		}
		s = w.node(target, origin, rel, t)
		all.chase = Chase{}
		if !s.exists {
			all.rcode, all.chase = dns.RcodeNameError, Chase{target, true}
		}
	}
	if len(seen) == 0 {
		return nil
	}
	all.soa = len(s.answer) == 0
	all.answer = append(all.answer, s.answer...)
	return &all
}

// node is what there is at a name, without what an alias leads to.
func (w *world) node(name, origin, rel string, t uint16) said {
	if t == dns.TypeANY { // the first type that there is: RFC 8482
		for _, t := range []uint16{dns.TypeSOA, dns.TypeA, dns.TypeAAAA, dns.TypePTR, dns.TypeTXT} {
			if s := w.node(name, origin, rel, t); len(s.answer) > 0 {
				return s
			}
		}
		t = dns.TypeHINFO
	}
	labels := strings.Split(rel, ".")
	n := len(labels)
	switch {
	case rel == "":
		return w.apex(name, origin, t)
	case rel == "dns-version":
		version := "1.1.0"
		if w.imports(origin) {
			version = "1.0.0"
		}
		return said{exists: true, answer: only(t == dns.TypeTXT, name+"\t28800\tIN\tTXT\t\""+version+"\"")}
	case rel == "ns.dns":
		return said{exists: true, answer: w.addresses(name, w.local, t)}
	case rel == "svc" || rel == "pod" || rel == "dns" && w.spec.Strict.Names:
		return said{exists: true}
	case reverse(origin):
		return w.reverse(name, t)
	case n >= 2 && labels[n-1] == "svc" && w.exposed(labels[n-2]):
		if n == 2 {
			return said{exists: true}
		}
		return w.service(name, origin, labels, t)
	case n >= 2 && labels[n-1] == "pod" && n <= 3 && w.exposed(labels[n-2]) && w.spec.Pods != Disabled:
		if n == 2 {
			return said{exists: true}
		}
		return w.pod(name, labels[0], labels[1], t)
	}
	return said{}
}

func only(is bool, s string) []string {
	if is {
		return []string{s}
	}
	return nil
}

func (w *world) record(owner string, t uint16, data string) string {
	return fmt.Sprintf("%s\t%d\tIN\t%s\t%s", owner, w.spec.TTL, dns.Type(t), data)
}

// addresses is the records of those addresses that are of the type, each once.
func (w *world) addresses(owner string, addrs []netip.Addr, t uint16) (rrs []string) {
	for _, a := range addrs {
		rr := w.record(owner, t, a.String())
		if (t == dns.TypeA && a.Is4() || t == dns.TypeAAAA && a.Is6()) && !slices.Contains(rrs, rr) {
			rrs = append(rrs, rr)
		}
	}
	return rrs
}

// glue is an address record of either family.
func (w *world) glue(owner string, a netip.Addr) string {
	if a.Is4() {
		return w.record(owner, dns.TypeA, a.String())
	}
	return w.record(owner, dns.TypeAAAA, a.String())
}

func (w *world) apex(name, origin string, t uint16) said {
	s := said{exists: true}
	switch t {
	case dns.TypeSOA:
		s.answer = []string{"SOA " + name}
	case dns.TypeNS:
		target := origin
		if reverse(origin) || w.imports(origin) {
			target = "cluster.local."
		}
		add := func(ns string, a netip.Addr) {
			if rr := w.record(name, t, ns+target); !slices.Contains(s.answer, rr) {
				s.answer = append(s.answer, rr)
			}
			if rr := w.glue(ns+target, a); !slices.Contains(s.extra, rr) {
				s.extra = append(s.extra, rr)
			}
		}
		for _, local := range w.local {
			w.each(func(k cluster.Key, service *cluster.Service, sl *cluster.Slice, e cluster.Endpoint) {
				switch {
				case k.Imported || e.Addr != local || service == nil:
				case service.Type == cluster.Headless:
					for _, e := range sl.Endpoints.All() {
						add(labelOf(e)+"."+k.Name+"."+k.Namespace+".svc.", e.Addr)
					}
				default:
					for a := range service.IPs.All() {
						add(k.Name+"."+k.Namespace+".svc.", a)
					}
				}
			})
		}
		if len(s.answer) == 0 {
			if w.imports(origin) {
				target = origin
			}
			s.answer = []string{w.record(name, t, "ns.dns."+target)}
			for _, a := range w.local {
				s.extra = append(s.extra, w.glue("ns.dns."+target, a))
			}
		}
	}
	return s
}

// each calls f with every endpoint of an exposed namespace.
func (w *world) each(f func(cluster.Key, *cluster.Service, *cluster.Slice, cluster.Endpoint)) {
	for _, k := range w.groups {
		service, all := w.state.Group(k)
		for _, sl := range all {
			for _, e := range sl.Endpoints.All() {
				if w.exposed(k.Namespace) {
					f(k, service, sl, e)
				}
			}
		}
	}
}

// labelOf is the only label of an endpoint.
func labelOf(e cluster.Endpoint) string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Addr.Is4():
		return strings.ReplaceAll(e.Addr.String(), ".", "-")
	}
	s := strings.ReplaceAll(e.Addr.String(), ":", "-")
	if s[0] == '-' {
		s = "0" + s
	}
	if s[len(s)-1] == '-' {
		s += "0"
	}
	return s
}
