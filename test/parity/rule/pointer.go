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

// pointer is D7 to D11: which PTR records there are at a reverse name.
func (e *expectation) pointer() {
	a, extra := e.address()
	if extra {
		if len(e.want.Answer) > 0 || isAbsent(e.want) {
			e.set("D7", e.absent())
		}
		return
	}
	if !a.IsValid() || e.q.Type != dns.TypePTR {
		return
	}
	targets, shared := e.pointers(a)
	var want []dns.RR
	for _, t := range targets {
		want = append(want, &dns.PTR{Hdr: dns.RR_Header{Name: e.q.Name, Rrtype: dns.TypePTR, Class: dns.ClassINET, Ttl: e.ttl}, Ptr: t})
	}
	switch {
	case (e.want.Silent || e.astray(e.want.Answer)) && len(want) == 0:
		e.set("D11", e.absent())
	case e.want.Silent || e.astray(e.want.Answer):
		e.set("D11", e.found(want, nil))
	case e.ghostly(e.want.Answer) && len(want) == 0:
		e.set("D9", e.absent())
	case e.ghostly(e.want.Answer):
		e.set("D9", e.found(want, nil))
	case isAbsent(e.want) && len(want) > 0:
		e.set("D30", e.found(want, nil))
	case shared && len(e.want.Answer) == 1:
		e.set("D10", e.found(want, nil))
	}
}

// astray reports whether a record points into a reverse zone, or into one of imports.
func (e *expectation) astray(answer []dns.RR) bool {
	if len(answer) == 0 {
		return false
	}
	zone := e.match(answer[0].(*dns.PTR).Ptr)
	return strings.HasSuffix(zone, ".arpa.") || e.imported(zone)
}

// ghostly reports whether a record points into a namespace that is not exposed.
func (e *expectation) ghostly(answer []dns.RR) bool {
	for _, rr := range answer {
		labels := dns.SplitDomainName(rr.(*dns.PTR).Ptr)
		i := len(labels) - dns.CountLabel(e.primary) - 2
		if i < 0 || !e.exposed(labels[i]) {
			return true
		}
	}
	return false
}

// address is the address of a reverse name, and whether the name has more labels than an address has.
func (e *expectation) address() (a netip.Addr, extra bool) {
	labels := dns.SplitDomainName(e.name)
	n := len(labels) - 2
	if n > 32 && labels[n] == "ip6" {
		return a, true
	}
	e.addresses()
	return e.byName[e.name], false
}

// addresses is all cluster IPs and endpoints, and those of imports, and byName from then on.
func (c *Case) addresses() (all []netip.Addr) {
	if c.byName != nil {
		return c.all
	}
	c.byName = map[string]netip.Addr{}
	add := func(texts []string) {
		for _, t := range texts {
			if a, err := netip.ParseAddr(t); err == nil {
				c.all, c.byName[dialog.Reverse(a)] = append(c.all, a), a
			}
		}
	}
	for _, s := range c.services() {
		add(s.Spec.ClusterIPs)
	}
	for _, in := range c.imports() {
		add(in.Spec.IPs)
	}
	for _, sl := range slices.Concat(c.slices(), c.importSlices()) {
		for _, ep := range sl.Endpoints {
			add(ep.Addresses)
		}
	}
	return c.all
}

// reverseExists reports whether a reverse name is that of an address, or above one and not of those that are handed on.
func (e *expectation) reverseExists() bool {
	if e.Config.Falls && e.falls(e.name) {
		a, _ := e.address()
		targets, _ := e.pointers(a)
		return len(targets) > 0
	}
	e.addresses()
	for name, a := range e.byName {
		if !strings.HasSuffix(name, e.name) || !dns.IsSubDomain(e.name, name) {
			continue
		}
		if targets, _ := e.pointers(a); len(targets) > 0 {
			return true
		}
	}
	return false
}

// pointers is the targets of an address, and whether several services have it as cluster IP.
func (c *Case) pointers(a netip.Addr) (targets []string, shared bool) {
	for _, s := range c.services() {
		if slices.ContainsFunc(s.Spec.ClusterIPs, isAddress(a)) && c.exposed(s.Namespace) {
			targets = append(targets, s.Name+"."+s.Namespace+".svc"+c.Primary())
		}
	}
	slices.Sort(targets)
	if len(targets) > 0 {
		return targets[:1], len(targets) > 1
	}
	for _, sl := range c.slices() {
		if !c.exposed(sl.Namespace) {
			continue
		}
		for _, ep := range sl.Endpoints {
			for _, ip := range ep.Addresses {
				if isAddress(a)(ip) && isReady(&ep) {
					targets = append(targets, c.label(&ep, ip)+"."+sl.Labels[discoveryv1.LabelServiceName]+"."+sl.Namespace+".svc"+c.Primary())
				}
			}
		}
	}
	slices.Sort(targets)
	if len(targets) == 0 {
		targets = c.importPointers(a)
	}
	return slices.Compact(targets), false
}

// isAddress reports whether a text is the address.
func isAddress(a netip.Addr) func(text string) bool {
	return func(text string) bool {
		b, err := netip.ParseAddr(text)
		return err == nil && a == b
	}
}

// label is the name of an endpoint.
func (c *Case) label(ep *discoveryv1.Endpoint, ip string) string {
	switch {
	case ep.Hostname != nil && *ep.Hostname != "":
		return *ep.Hostname
	case c.Config.PodNames && namesPod(ep.TargetRef):
		return ep.TargetRef.Name
	}
	return dialog.Dashed(canonical(ip))
}

// namesPod reports whether the reference is to a pod whose name is a label.
func namesPod(ref *corev1.ObjectReference) bool {
	return ref != nil && ref.Kind == "Pod" && ref.Name != "" && len(ref.Name) < 64 && !strings.Contains(ref.Name, ".")
}
