package rule

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// apply runs the rules, those about one kind of name before those about existence.
func (e *expectation) apply() {
	q := e.q
	switch {
	case q.Opcode == dns.OpcodeNotify:
		e.set("D20", e.bare(dns.RcodeNotImplemented))
		return
	case q.Opcode == dns.OpcodeQuery && q.Class != dns.ClassINET && q.Class != dns.ClassANY:
		e.set("D20", e.bare(dns.RcodeRefused)) // a server with forward lets them come so far
		return
	case q.Opcode != dns.OpcodeQuery, q.Class != dns.ClassINET && !e.Config.Kubeadm, q.Type == dns.TypeAXFR, q.Type == dns.TypeIXFR:
		return
	}
	if e.zone == "." && strings.HasSuffix(e.name, "ext.test.") && e.falls(e.name) {
		if q.Type == dns.TypeSOA {
			next := e.Theirs(q.With(q.Name, dns.TypeTXT))
			next.Question = e.want.Question
			e.set("D5", next)
		}
		return
	}
	if clean := e.Clean(q); e.want.Silent {
		e.set("D8", clean)
	} else {
		e.set(e.ignored(), clean)
	}
	switch {
	case len(e.left) == 0:
		e.apex()
	case len(e.left) == 2 && e.left[0] == "ns" && e.left[1] == "dns":
		e.serverName()
	case len(e.left) == 1 && e.left[0] == "dns-version":
		e.version()
	case e.reverse():
		e.pointer()
	case len(e.left) >= 3 && e.left[len(e.left)-1] == "svc":
		e.service()
	case len(e.left) >= 3 && e.left[len(e.left)-1] == "pod":
		e.pod()
	}
	if q.Type == dns.TypeANY {
		e.any()
	}
	e.existence()
}

// ignored is the deviation by which the clean view says something else.
func (e *expectation) ignored() string {
	n := len(e.left)
	switch {
	case e.imported(e.zone) && n >= 3:
		for _, in := range e.imports() {
			if in.Name == e.left[n-3] && in.Namespace == e.left[n-2] && len(in.Spec.Ports) == 0 {
				return "D29"
			}
		}
		if e.Config.Labels != "" || e.Config.NamespaceLabels != "" {
			return "D28"
		}
	case n > 0 && e.left[n-1] == "pod":
		return "D46"
	case e.World.Rare && !e.Config.PodNames:
		return "D44" // or D45
	}
	return "D17"
}

// any is D21: one RRset of the name.
func (e *expectation) any() {
	if len(e.want.Answer) > 0 {
		return
	}
	for _, t := range []uint16{dns.TypeSOA, dns.TypeA, dns.TypeAAAA, dns.TypePTR, dns.TypeTXT} {
		if r, _ := e.Expect(e.q.With(e.q.Name, t)); len(r.Answer) > 0 {
			e.set("D21", e.found(r.Answer, r.Extra))
			return
		}
	}
}

// existence is D1, D2, D4, D5 and D6: whether a name exists does not depend on the type.
func (e *expectation) existence() {
	number, exists := e.exists()
	switch {
	case !exists:
		if !isAbsent(e.want) {
			e.set("D5", e.absent())
		}
	case isAbsent(e.want):
		e.set(number, e.nodata())
	}
}

// exists reports whether the name exists, and the deviation by which it does where in-tree says that it does not.
func (e *expectation) exists() (number string, exists bool) {
	n := len(e.left)
	switch {
	case n == 0:
		return "D1", true
	case n == 1 && e.left[0] == "dns-version":
		return "D2", true
	case n == 1 && (e.left[0] == "svc" || e.left[0] == "pod"), n == 2 && e.left[0] == "ns" && e.left[1] == "dns":
		return "D1", true
	case e.reverse():
		return "D6", e.reverseExists()
	case n == 4 && e.left[3] == "svc" && e.left[0][0] == '_' && !isAbsent(e.ask("_."+e.name, dns.TypeA)):
		return "D4", true
	case n == 4 && e.left[3] == "svc" && e.imported(e.zone) && e.hasEndpoints():
		return "D4", true
	case e.Config.Zonal && (n == 4 && e.left[0] == "_zone" || n == 5 && e.left[1] == "_zone" && (e.left[0] == "pin" || e.left[0] == "prefer")) && e.hasPlaces():
		return "D4", true
	case n > 3 && e.left[n-1] == "pod":
		return "D15", false
	case n == 3 && e.left[n-1] == "pod":
		return "D15", !isAbsent(e.ask(e.canonical(), dns.TypeA))
	}
	return "D1", !isAbsent(e.ask(e.name, dns.TypeA))
}

// pod is D15: pods have no services and nothing below them, and their addresses have many spellings.
func (e *expectation) pod() {
	if len(e.left) > 3 {
		e.set("D15", e.absent())
		return
	}
	if name := e.canonical(); name != e.name {
		r := e.Clean(e.q.Plain().With(name, e.q.Type))
		if len(r.Answer) > 0 {
			e.set("D15", e.found(e.spell(r.Answer, name), nil))
		} else if isAbsent(r) && (e.q.Type == dns.TypeA || e.q.Type == dns.TypeAAAA) {
			e.set("D15", e.absent())
		} else if isNodata(r) {
			e.set("D15", e.nodata())
		}
	}
	if len(e.want.Answer) > 0 && e.q.Type == dns.TypeSRV {
		e.set("D15", e.nodata())
	}
}

// canonical is the name of the pod with its address in the one form that in-tree finds.
func (e *expectation) canonical() string {
	label, rest, _ := strings.Cut(e.name, ".")
	if strings.Count(label, "-") == 3 && !strings.Contains(label, "--") {
		return e.name
	}
	a, err := netip.ParseAddr(strings.ReplaceAll(label, "-", ":"))
	if err != nil {
		return e.name
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(a.Unmap().String()) + "." + rest
}

// Fits reports why the reply is not a part of the full one as it has to be when not all fits. In-tree's is a measure if
// no rule made another of it.
func Fits(ours, full, theirs dialog.Reply, rules []string) string {
	switch {
	case !ours.TC:
		return "all of it, or TC"
	case ours.Rcode != full.Rcode, ours.AA != full.AA, ours.Question != full.Question, ours.OPT != full.OPT:
		return "the same header, question and OPT as over TCP"
	case full.TC && ours.TC: // nobody says all of it
		return ""
	case !part(ours.Answer, full.Answer), !part(ours.Authority, full.Authority), !part(ours.Extra, full.Extra):
		return "a part of what is said over TCP"
	case len(rules) == 0 && !theirs.TC:
		return "all of it, as in-tree says it without TC"
	case theirs.TC && len(ours.Answer)+len(ours.Extra)+len(ours.Authority)+1 < len(theirs.Answer)+len(theirs.Extra)+len(theirs.Authority) &&
		ours.Length+longestOf(full) < theirs.Length: // fewer may be longer
		return "as many records as in-tree, or one fewer"
	}
	return ""
}

// longestOf is the length of the longest record of a reply.
func longestOf(r dialog.Reply) (n int) {
	for _, rr := range slices.Concat(r.Answer, r.Authority, r.Extra) {
		n = max(n, dns.Len(rr))
	}
	return n
}

// part reports whether all of the records are in the others, each at most as often.
func part(some, all []dns.RR) bool {
	count := map[string]int{}
	for _, rr := range all {
		count[rr.String()]++
	}
	for _, rr := range some {
		if count[rr.String()]--; count[rr.String()] < 0 {
			return false
		}
	}
	return true
}
