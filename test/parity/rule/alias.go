package rule

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// longest is how many aliases are followed.
const longest = 11

// service is D14: an ExternalName is an alias for every type, and its answer ends as its target's does.
func (e *expectation) service() {
	target := e.alias(e.left)
	if target == "" {
		return
	}
	r := e.bare(dns.RcodeSuccess)
	r.AA = true
	owner := e.q.Name
	var chain []string
	if e.q.Type != dns.TypeA && e.q.Type != dns.TypeAAAA {
		r.Answer = []dns.RR{e.cname(owner, target)}
		e.set("D14", r)
		return
	}
	for target != "" {
		r.Answer = append(r.Answer, e.cname(owner, target))
		chain = append(chain, target)
		zone := e.match(target)
		if zone == "" {
			e.end(&r, e.Clean(e.q.Plain().With(target, e.q.Type)))
			break
		}
		left := dns.SplitDomainName(target)
		left = left[:len(left)-dns.CountLabel(zone)]
		next := ""
		if !strings.HasSuffix(zone, ".arpa.") {
			next = e.alias(left)
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
	e.set("D14", r)
}

// end adds what is at the end of a chain.
func (e *expectation) end(r *dialog.Reply, end dialog.Reply) {
	r.Rcode = end.Rcode
	r.Answer = append(r.Answer, end.Answer...)
	if len(end.Answer) == 0 || end.Rcode != dns.RcodeSuccess {
		r.Authority = end.Authority
	}
}

func (e *expectation) cname(owner, target string) dns.RR {
	return &dns.CNAME{Hdr: e.head(owner, dns.TypeCNAME), Target: target}
}

// alias is the target if the labels are those of an ExternalName, below svc or with the labels of any port (D16).
func (c *Case) alias(left []string) string {
	n := len(left)
	if n != 3 && (n != 5 || left[0] != "_" || left[1] != "_") || left[n-1] != "svc" || !c.exposed(left[n-2]) {
		return ""
	}
	s, _ := c.World.Objects["services"][left[n-2]+"/"+left[n-3]].(*corev1.Service)
	if s == nil || s.Spec.Type != corev1.ServiceTypeExternalName {
		return ""
	}
	if _, err := netip.ParseAddr(s.Spec.ExternalName); err == nil {
		return ""
	}
	return dns.Fqdn(strings.ToLower(s.Spec.ExternalName))
}
