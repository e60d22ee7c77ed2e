package rule

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// longest is how many aliases are followed.
const longest = 11

// service is D14: an alias is one for every type, and its answer ends as its target's does. In-tree knows that of A and
// AAAA of an ExternalName only.
func (e *expectation) service() {
	target := e.alias(e.zone, e.left)
	if target == "" {
		e.mixed()
		return
	}
	r := e.bare(dns.RcodeSuccess)
	r.AA = true
	if e.q.Type != dns.TypeA && e.q.Type != dns.TypeAAAA {
		r.Answer = []dns.RR{e.cname(e.q.Name, target)}
		e.set("D14", r)
		return
	}
	owner, chain := e.q.Name, []string(nil)
	for target != "" {
		r.Answer = append(r.Answer, e.cname(owner, target))
		chain = append(chain, target)
		zone := e.match(target)
		if zone == "" {
			elsewhere := e.q.Plain().With(target, e.q.Type)
			elsewhere.Class = dns.ClassINET // a server looks up nothing else
			e.end(&r, e.Clean(elsewhere))
			break
		}
		left := dns.SplitDomainName(target)
		left = left[:len(left)-dns.CountLabel(zone)]
		next := ""
		if !strings.HasSuffix(zone, ".arpa.") {
			next = e.alias(zone, left)
		}
		switch {
		case next == "":
			end, _ := e.Expect(e.q.Plain().With(target, e.q.Type))
			e.end(&r, end)
		case slices.Contains(chain, next), len(chain) == longest:
			r.Authority = []dns.RR{e.soa(zone)}
			next = ""
		}
		owner, target = target, next
	}
	if len(r.Authority) == 1 && r.Authority[0].Header().Name == e.zone {
		r.Authority[0] = e.soa(e.typed)
	}
	e.set("D14", r)
}

// mixed is D14 too: there is no alias beside addresses (RFC 1034 3.6.2).
func (e *expectation) mixed() {
	if e.q.Type != dns.TypeA && e.q.Type != dns.TypeAAAA && e.q.Type != dns.TypeCNAME {
		return
	}
	var own []dns.RR
	for _, rr := range e.want.Answer {
		if rr.Header().Rrtype != dns.TypeCNAME && rr.Header().Name == e.q.Name {
			own = append(own, rr)
		}
	}
	switch {
	case len(own) == len(e.want.Answer):
	case len(own) == 0:
		e.set("D14", e.nodata())
	default:
		e.set("D14", e.found(own, nil))
	}
}

// end adds what is at the end of a chain.
func (e *expectation) end(r *dialog.Reply, end dialog.Reply) {
	r.Rcode = end.Rcode
	r.Answer = append(r.Answer, end.Answer...)
	if len(end.Answer) == 0 || end.Rcode != dns.RcodeSuccess {
		r.Authority = slices.Clone(end.Authority)
	}
}

func (e *expectation) cname(owner, target string) dns.RR {
	return &dns.CNAME{Hdr: e.head(owner, dns.TypeCNAME), Target: target}
}

// alias is the target if the labels are those of an alias, below svc: of an ExternalName, by its name or with the labels
// of any port (D16), or of what has host names for endpoints, and no addresses.
func (c *Case) alias(zone string, left []string) string {
	n := len(left)
	at, isZonal := c.place(zone, left)
	if n < 3 || n > 5 && !isZonal || left[n-1] != "svc" || c.imported(zone) || !c.exposed(left[n-2]) {
		return ""
	}
	s := c.service(left[n-2], left[n-3])
	switch {
	case s == nil:
		return ""
	case isZonal && len(s.Spec.ClusterIPs) > 0 && s.Spec.ClusterIPs[0] == corev1.ClusterIPNone:
		return c.hostsAt(s, at, left[n-5] == "prefer")
	case isZonal:
		return ""
	case s.Spec.Type != corev1.ServiceTypeExternalName:
		return c.hosts(s, left[:n-3], "")
	case n != 3 && (n != 5 || left[0] != "_" || left[1] != "_"):
		return ""
	}
	if _, err := netip.ParseAddr(s.Spec.ExternalName); err == nil {
		return ""
	}
	return dns.Fqdn(strings.ToLower(s.Spec.ExternalName))
}

// hosts is the first host name among the endpoints below the service that the labels, and the place, choose, if there is
// no address.
func (c *Case) hosts(s *corev1.Service, labels []string, at string) (target string) {
	if len(labels) != 1 && (len(s.Spec.ClusterIPs) == 0 || s.Spec.ClusterIPs[0] != corev1.ClusterIPNone) {
		return ""
	}
	for _, sl := range c.slices() {
		if sl.Namespace != s.Namespace || sl.Labels[discoveryv1.LabelServiceName] != s.Name || !hasPort(sl, labels) {
			continue
		}
		for _, ep := range sl.Endpoints {
			for _, a := range ep.Addresses {
				fqdn := sl.AddressType == discoveryv1.AddressTypeFQDN
				switch {
				case !isReady(&ep), at != "" && !isAt(&ep, at), len(labels) == 1 && c.label(&ep, a) != labels[0]:
				case !fqdn:
					return ""
				case target == "":
					target = dns.Fqdn(strings.ToLower(a))
				}
			}
		}
	}
	return target
}

// hasPort reports whether the slice has a port that two labels choose; others choose none.
func hasPort(sl *discoveryv1.EndpointSlice, labels []string) bool {
	if len(labels) != 2 {
		return true
	}
	name, proto := strings.TrimPrefix(labels[0], "_"), strings.TrimPrefix(labels[1], "_")
	for _, p := range sl.Ports {
		if (name == "" || p.Name != nil && *p.Name == name) && (proto == "" || p.Protocol != nil && strings.EqualFold(string(*p.Protocol), proto)) {
			return true
		}
	}
	return len(sl.Ports) == 0 && name == "" && proto == ""
}
