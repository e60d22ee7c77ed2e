package rule

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
)

// version is D30: zones of imports are of another specification, which is at its version 1.0.0. And where the cache
// leaves a zone to us (R14.8), it does not shorten the TTL.
func (e *expectation) version() {
	if e.q.Type != dns.TypeTXT || len(e.want.Answer) != 1 {
		return
	}
	txt := dns.Copy(e.want.Answer[0]).(*dns.TXT)
	if e.Config.Kubeadm && !e.reverse() {
		txt.Hdr.Ttl = 28800
		e.set("R14.8", e.found([]dns.RR{txt}, nil))
	}
	if e.imported(e.zone) && !e.reverse() {
		txt.Txt = []string{"1.0.0"}
		e.set("D30", e.found([]dns.RR{txt}, nil))
	}
}

// hasEndpoints is D4: a cluster has a name below an import if there are endpoints below that.
func (e *expectation) hasEndpoints() bool {
	cluster, service, namespace := e.left[0], e.left[1], e.left[2]
	for _, sl := range e.importSlices() {
		if sl.Namespace != namespace || sl.Labels[mcsv1alpha1.LabelServiceName] != service || sl.Labels[mcsv1alpha1.LabelSourceCluster] != cluster {
			continue
		}
		for _, ep := range sl.Endpoints {
			for _, a := range ep.Addresses {
				if isReady(&ep) && !isAbsent(e.ask(e.label(&ep, a)+"."+e.name, dns.TypeA)) {
					return true
				}
			}
		}
	}
	return false
}

// hasPlaces is D4: names of zones hang below _zone.SVC and below pin._zone.SVC, whatever zones there are.
func (e *expectation) hasPlaces() bool {
	below := "x."
	if e.left[0] == "_zone" {
		below = "x.pin."
	}
	return !isAbsent(e.ask(below+e.name, dns.TypeA))
}

// importPointers is D30: the names, in the first zone of imports, of an address that imports have: of the first whose IP
// it is, or else of all endpoints that have it. Slices of no import have none.
func (c *Case) importPointers(a netip.Addr) (targets []string) {
	for _, in := range c.imports() {
		if c.exposed(in.Namespace) && slices.ContainsFunc(in.Spec.IPs, isAddress(a)) && in.Spec.Type != mcsv1alpha1.Headless {
			targets = append(targets, in.Name+"."+in.Namespace+".svc"+c.Imports())
		}
	}
	slices.Sort(targets)
	if len(targets) > 0 {
		return targets[:1]
	}
	for _, sl := range c.importSlices() {
		of := c.World.Objects["serviceimports"][sl.Namespace+"/"+sl.Labels[mcsv1alpha1.LabelServiceName]]
		if !c.exposed(sl.Namespace) || !c.sees(of) {
			continue
		}
		for _, ep := range sl.Endpoints {
			for _, ip := range ep.Addresses {
				if isAddress(a)(ip) && isReady(&ep) {
					name := c.label(&ep, ip) + "." + sl.Labels[mcsv1alpha1.LabelSourceCluster] + "." + sl.Labels[mcsv1alpha1.LabelServiceName]
					targets = append(targets, name+"."+sl.Namespace+".svc"+c.Imports())
				}
			}
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}
