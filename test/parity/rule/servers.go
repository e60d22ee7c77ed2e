package rule

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
)

// servers is D13 where in-tree has no answer: the NS records of the primary zone, of all services that have an address of
// the server among their endpoints, and an address of their own.
func (e *expectation) servers() (r dialog.Reply) {
	add := func(name string, texts ...string) {
		ns := &dns.NS{Hdr: e.head(e.primary, dns.TypeNS), Ns: name}
		if !slices.ContainsFunc(r.Answer, func(rr dns.RR) bool { return rr.(*dns.NS).Ns == name }) {
			r.Answer = append(r.Answer, ns)
		}
		for _, t := range texts {
			r.Extra = append(r.Extra, e.record(name, netip.MustParseAddr(t).Unmap()))
		}
	}
	for _, local := range server.Locals() {
		for _, sl := range e.slices() {
			if !slices.ContainsFunc(sl.Endpoints, func(ep discoveryv1.Endpoint) bool {
				return isReady(&ep) && slices.ContainsFunc(ep.Addresses, isAddress(netip.MustParseAddr(local)))
			}) {
				continue
			}
			s := e.Case.service(sl.Namespace, sl.Labels[discoveryv1.LabelServiceName])
			switch {
			case s == nil, s.Spec.Type == corev1.ServiceTypeExternalName:
			case s.Spec.ClusterIP != corev1.ClusterIPNone:
				add(s.Name+"."+s.Namespace+".svc"+e.Primary(), s.Spec.ClusterIPs...)
			default:
				for _, ep := range sl.Endpoints {
					for _, ip := range ep.Addresses {
						if isReady(&ep) {
							add(e.label(&ep, ip)+"."+s.Name+"."+s.Namespace+".svc"+e.Primary(), ip)
						}
					}
				}
			}
		}
	}
	return r
}
