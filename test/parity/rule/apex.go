package rule

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/server"
)

// apex is D12 and D13: the NS records of a zone.
func (e *expectation) apex() {
	if e.q.Type != dns.TypeNS {
		return
	}
	if e.q.Name != e.zone {
		lower := e.ask(e.zone, dns.TypeNS)
		if len(lower.Answer) > 0 {
			e.set("D12", e.found(e.typedNames(e.spell(lower.Answer, e.zone)), e.typedNames(lower.Extra)))
		} else {
			e.set("D12", e.nodata())
		}
	}
	r := e.ask(e.primary, dns.TypeNS)
	if r.Silent || r.Rcode == dns.RcodeServerFailure { // an ExternalName among the services has no address: in-tree fails
		r = e.servers()
	}
	var answer, extra []dns.RR
	seen := map[string]bool{}
	target := func(name string) string {
		if e.reverse() || e.imported(e.zone) && !strings.HasPrefix(name, "ns.dns.") {
			return name // they are names of the primary zone
		}
		return strings.TrimSuffix(name, e.Primary()) + "." + strings.TrimPrefix(e.typed, ".")
	}
	for _, rr := range r.Answer {
		if ns := rr.(*dns.NS); e.resolves(ns.Ns) {
			answer = append(answer, &dns.NS{Hdr: e.head(e.q.Name, dns.TypeNS), Ns: target(ns.Ns)})
		}
	}
	for _, rr := range r.Extra {
		rr = dns.Copy(rr)
		if ok := e.resolves(rr.Header().Name); !ok || linkLocal(rr) {
			continue
		}
		rr.Header().Name = target(rr.Header().Name)
		if !seen[rr.String()] {
			seen[rr.String()] = true
			extra = append(extra, rr)
		}
	}
	if len(answer) == 0 {
		name := "ns.dns." + strings.TrimPrefix(e.typed, ".")
		if e.reverse() {
			name = "ns.dns" + e.Primary()
		}
		answer, extra = []dns.RR{&dns.NS{Hdr: e.head(e.q.Name, dns.TypeNS), Ns: name}}, e.locals(name)
	}
	e.set("D13", e.found(answer, extra))
}

// resolves reports whether a name server's name is in a namespace that is exposed.
func (e *expectation) resolves(name string) bool {
	labels := dns.SplitDomainName(name)
	i := len(labels) - dns.CountLabel(e.primary) - 1
	return i < 1 || labels[i] != "svc" || e.exposed(labels[i-1])
}

func linkLocal(rr dns.RR) bool {
	aaaa, ok := rr.(*dns.AAAA)
	return ok && aaaa.AAAA.IsLinkLocalUnicast()
}

// typedNames gives names in the zone the spelling of the question.
func (e *expectation) typedNames(rrs []dns.RR) (all []dns.RR) {
	for _, rr := range rrs {
		rr = dns.Copy(rr)
		if h := rr.Header(); h.Name != e.q.Name {
			h.Name = strings.TrimSuffix(h.Name, e.zone) + e.typed
		}
		if ns, ok := rr.(*dns.NS); ok {
			ns.Ns = strings.TrimSuffix(ns.Ns, e.zone) + e.typed
		}
		all = append(all, rr)
	}
	return all
}

// serverName is D12 and D13: ns.dns has the addresses of the server, whatever the spelling.
func (e *expectation) serverName() {
	if e.q.Type != dns.TypeA && e.q.Type != dns.TypeAAAA {
		return
	}
	if e.q.Name != e.name {
		if r := e.ask(e.name, e.q.Type); len(r.Answer) > 0 {
			e.set("D12", e.found(e.spell(r.Answer, e.name), nil))
		} else {
			e.set("D12", e.nodata())
		}
	}
	var answer []dns.RR
	for _, rr := range e.locals(e.q.Name) {
		if rr.Header().Rrtype == e.q.Type {
			answer = append(answer, rr)
		}
	}
	if len(answer) == 0 {
		e.set("D13", e.nodata())
	} else {
		e.set("D13", e.found(answer, nil))
	}
}

// locals is the addresses of the server, as records of a name.
func (e *expectation) locals(name string) (rrs []dns.RR) {
	texts := server.Locals()
	if e.Config.Bind != "" {
		texts = []string{e.Config.Bind}
	}
	for _, t := range slices.Compact(texts) {
		rrs = append(rrs, e.record(name, netip.MustParseAddr(t).Unmap()))
	}
	return rrs
}

func (e *expectation) head(name string, t uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: e.ttl}
}

func (e *expectation) record(name string, a netip.Addr) dns.RR {
	if a.Is4() {
		return &dns.A{Hdr: e.head(name, dns.TypeA), A: a.AsSlice()}
	}
	return &dns.AAAA{Hdr: e.head(name, dns.TypeAAAA), AAAA: a.AsSlice()}
}
