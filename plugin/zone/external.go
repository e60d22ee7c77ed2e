package zone

import (
	"slices"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// longest is how many aliases a chain may have.
const longest = 11

// alias is the target of the selected name if it is an alias: an ExternalName, or a headless Service whose endpoints
// are host names and not addresses. "" if it is none.
func (u *unit) alias(s *selector) string {
	if !u.hosts && u.service.Type != cluster.ExternalName {
		return ""
	}
	return u.target(s)
}

// target is the target of a unit that may be an alias.
func (u *unit) target(s *selector) string {
	if u.service.Type == cluster.ExternalName {
		return u.service.Target()
	}
	if u.service.Type != cluster.Headless && s.endpoint == nil {
		return ""
	}
	target := ""
	for _, sl := range u.slices {
		if !anyPort(sl.Ports, s) {
			continue
		}
		if s.endpoint == nil && sl.Endpoints.Len() > 0 {
			return ""
		}
		for _, h := range sl.FQDNs() {
			if target == "" && (s.endpoint == nil || hostLabel(h) == string(s.endpoint)) {
				target = h.Target
			}
		}
	}
	if target != "" && s.endpoint != nil && u.named(s, func(_ *cluster.Slice, i int) bool { return i >= 0 }) {
		return ""
	}
	return target
}

// follow answers for an alias: with the alias for every type (RFC 1034 3.6.2), and, where addresses are asked for, with
// what is at its end, if the end is in the zone. The rcode is that of the end (RFC 6604).
func (z *Zone) follow(v *view, q *answer.Query, r *answer.Reply, n *node, o *origin) (Outcome, Chase) {
	if q.Type != dns.TypeA && q.Type != dns.TypeAAAA {
		r.CNAMEs = []string{n.unit.alias(&n.below)}
		return Found, Chase{}
	}
	end := new(answer.Query)
	for n.kind == serviceName {
		target := n.unit.alias(&n.below)
		if target == "" {
			break
		}
		if slices.Contains(r.CNAMEs, target) || len(r.CNAMEs) == longest {
			r.SOA = v.soa(o) // a loop: no addresses, however far one goes
			return Found, Chase{}
		}
		r.CNAMEs = append(r.CNAMEs, target)
		if err := end.SetName(target); err != nil {
			return Found, Chase{}
		}
		to, left := z.match(end)
		if to == nil {
			return Found, Chase{Target: target}
		}
		end.SetZone(to.end)
		n, o = &node{}, to
		z.locate(v, end, to, left, n)
	}
	z.records(v, end, r, n, o, q.Type)
	switch {
	case r.Set.Len() > 0 || r.Addresses():
		return Found, Chase{}
	case n.kind != absent:
		r.SOA = v.soa(o)
		return Found, Chase{}
	}
	r.Rcode, r.SOA = dns.RcodeNameError, v.soa(o)
	return Found, Chase{Target: r.CNAMEs[len(r.CNAMEs)-1], Inside: true}
}
