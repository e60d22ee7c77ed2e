// Package rule says what our plugin must answer, given what the in-tree plugin answers and what the cluster is. Where
// the two must differ there is a rule with the number of the deviation; where there is none they must be equal.
package rule

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// Case is a cluster as it is now, the options, and the in-tree plugin to ask. It belongs to one goroutine.
type Case struct {
	World  *world.World
	Config server.Config
	Theirs func(dialog.Question) dialog.Reply // in-tree
	Clean  func(dialog.Question) dialog.Reply // in-tree, in a cluster without what ours ignores (D8, D17)

	zones   []string // lower case
	primary string
	multi   []string // those of imports
	ttl     uint32

	selector, namespaces labels.Selector
	all                  []netip.Addr // and below: what addresses found
	byName               map[string]netip.Addr
}

// NewCase prepares the options.
func NewCase(w *world.World, c server.Config) *Case {
	k := &Case{World: w, Config: c, ttl: 5}
	k.zones = plugin.OriginsFromArgsOrServerBlock(c.Zones, nil)
	k.primary = k.zones[slices.IndexFunc(k.zones, func(z string) bool { return !strings.HasSuffix(z, ".arpa.") })]
	k.multi = plugin.OriginsFromArgsOrServerBlock(c.Multicluster, nil)
	if z := k.Local(); z != "" { // not where there are imports only (D11)
		k.primary = dns.Fqdn(z[1:])
	}
	k.selector, k.namespaces = selector(c.Labels), selector(c.NamespaceLabels)
	if c.TTL >= 0 {
		k.ttl = uint32(c.TTL)
	}
	return k
}

// Primary is the first forward zone, with a dot in front.
func (c *Case) Primary() string { return "." + strings.TrimPrefix(c.primary, ".") }

// expectation is the answer to one question, as the rules make it out of in-tree's.
type expectation struct {
	*Case
	q     dialog.Question
	name  string // lower case
	zone  string // lower case; "" if the name is in none
	typed string // the zone as the question spells it
	left  []string
	want  dialog.Reply
	rules []string
}

// Expect is what our answer must be, and which rules make it differ from in-tree's.
func (c *Case) Expect(q dialog.Question) (dialog.Reply, []string) {
	e := &expectation{Case: c, q: q, name: strings.ToLower(q.Name)}
	e.want = c.Theirs(q)
	e.zone = c.match(e.name)
	if e.zone == "" {
		return e.want, nil
	}
	e.typed = q.Name[len(q.Name)-len(e.zone):]
	e.left = dns.SplitDomainName(e.name)
	e.left = e.left[:len(e.left)-dns.CountLabel(e.zone)]
	e.apply()
	return e.want, e.rules
}

// set makes the reply the wanted one. If it is another, the rule is the reason.
func (e *expectation) set(rule string, want dialog.Reply) {
	if !want.Equal(e.want) {
		e.rules = append(e.rules, rule)
	}
	e.want = want
}

// match is the zone of a lower-case name.
func (c *Case) match(name string) (zone string) {
	for _, z := range c.zones {
		if len(z) > len(zone) && dns.IsSubDomain(z, name) {
			zone = z
		}
	}
	return zone
}

func (e *expectation) reverse() bool { return strings.HasSuffix(e.zone, ".arpa.") }

// falls reports whether a lower-case name is handed to the next plugin if it does not exist.
func (c *Case) falls(name string) bool {
	if !c.Config.Falls || len(c.Config.Fallthrough) == 0 {
		return c.Config.Falls
	}
	return slices.ContainsFunc(c.Config.Fallthrough, func(z string) bool { return dns.IsSubDomain(dns.Fqdn(z), name) })
}

// bare is a reply that says nothing.
func (e *expectation) bare(rcode int) dialog.Reply {
	m := e.q.Msg()
	r := new(dns.Msg)
	r.SetRcode(m, rcode)
	r.Extra = m.Extra
	if o := r.IsEdns0(); o != nil {
		o.Option = nil
		o.SetZ(o.Z() &^ 0xff) // the server clears the low eight bits
	}
	return dialog.Read(r, 0)
}

// soa is the SOA of the zone, spelled so.
func (c *Case) soa(zone string) dns.RR {
	at := func(label string) string { return label + "." + strings.TrimPrefix(zone, ".") }
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: min(c.ttl, 300)}, Ns: at("ns.dns"), Mbox: at("hostmaster"),
		Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: c.ttl,
	}
}

func (e *expectation) nodata() dialog.Reply {
	r := e.bare(dns.RcodeSuccess)
	r.AA, r.Authority = true, []dns.RR{e.soa(e.typed)}
	return r
}

// found is an answer of these records.
func (e *expectation) found(answer, extra []dns.RR) dialog.Reply {
	r := e.bare(dns.RcodeSuccess)
	r.AA, r.Answer, r.Extra = true, answer, extra
	return r
}

// absent is the denial of the name, or what the next plugin says.
func (e *expectation) absent() dialog.Reply {
	r := e.bare(dns.RcodeNameError)
	r.AA, r.Authority = true, []dns.RR{e.soa(e.typed)}
	switch {
	case e.falls(e.name) && e.q.Class != dns.ClassINET:
		return e.bare(dns.RcodeRefused)
	case e.falls(e.name):
		next, _ := dns.NewRR(server.Fell + " 77 IN SOA ns.fell.through. host.fell.through. 0 2 3 4 5")
		if e.Config.Kubeadm {
			next.Header().Ttl = 30 // what comes through its cache
		}
		r.Authority = []dns.RR{next}
	}
	return r
}

// isAbsent reports whether the reply says that the name does not exist here.
func isAbsent(r dialog.Reply) bool {
	return (r.Rcode == dns.RcodeNameError || r.Rcode == dns.RcodeRefused) && len(r.Answer) == 0 // refused: by who is next, for class ANY
}

func isNodata(r dialog.Reply) bool {
	return r.Rcode == dns.RcodeSuccess && len(r.Answer) == 0 && !r.Silent
}

// ask asks in-tree about another name or type.
func (e *expectation) ask(name string, t uint16) dialog.Reply {
	return e.Clean(e.q.Plain().With(name, t))
}

// spell gives records of another spelling of the name the spelling of the question.
func (e *expectation) spell(rrs []dns.RR, other string) (all []dns.RR) {
	for _, rr := range rrs {
		rr = dns.Copy(rr)
		if rr.Header().Name == other {
			rr.Header().Name = e.q.Name
		}
		all = append(all, rr)
	}
	return all
}
