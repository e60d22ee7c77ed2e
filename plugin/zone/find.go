package zone

import (
	"net/netip"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// kind tells what a name is.
type kind uint8

const (
	absent kind = iota
	inner       // exists because something below it does, or because it is a namespace
	apex
	versionName // dns-version.ORIGIN
	serverName  // ns.dns.ORIGIN
	serviceName // at or below SVC.NS.svc
	podName
	addressName // in a reverse zone
	innerReverse
)

// node is what a name is. Its byte slices are the query's.
type node struct {
	kind  kind
	why   Reason // it is absent; Nothing counts as NotAName
	unit  *unit
	addr  netip.Addr // of podName and addressName
	owner *ident     // the only one that has the addressName; nil: several have it
	below selector
	set   *answer.Set // what the unit remembers of the type that is asked for
	known bool        // it does
}

// Find answers the query from what is published now. It writes the reply unless the name is elsewhere; a chase is left
// when the reply is an alias whose target the zone has no answer for. Any goroutine may call it.
func (z *Zone) Find(q *answer.Query, r *answer.Reply) (Outcome, Chase) {
	o, left := z.match(q)
	if o == nil {
		return Elsewhere, Chase{}
	}
	q.SetZone(o.end)
	*r = answer.Reply{}
	switch {
	case q.Opcode != dns.OpcodeQuery:
		r.Rcode = dns.RcodeNotImplemented
		return Refused, Chase{}
	case q.Class != dns.ClassINET && q.Class != dns.ClassANY, q.Type == dns.TypeAXFR, q.Type == dns.TypeIXFR:
		r.Rcode = dns.RcodeRefused
		return Refused, Chase{}
	}
	v, n := z.view.Load(), node{}
	z.locate(v, q, o, left, &n)
	if !v.complete && n.kind != versionName && !(n.kind == apex && q.Type != dns.TypeSOA && q.Type != dns.TypeANY) {
		r.Rcode, r.Extended = dns.RcodeServerFailure, answer.NotReady
		return Unready, Chase{}
	}
	r.Authoritative, r.TTL, r.Spare = true, z.spec.TTL, z.spec.Strict.Glue
	if n.kind == serviceName && n.unit.alias(&n.below) != "" {
		if z.doubts.Load() != 0 {
			n.doubt(r, Found)
		}
		return z.follow(v, q, r, &n, o)
	}
	outcome := z.say(v, q, r, &n, o)
	if z.doubts.Load() != 0 {
		n.doubt(r, outcome)
	}
	if r.Set != nil && !r.Fits(q) {
		q.Turn = z.turn.Add(1)
	}
	return outcome, Chase{}
}

// say makes the reply of what the name is, and of the SOA when there is nothing else to say.
func (z *Zone) say(v *view, q *answer.Query, r *answer.Reply, n *node, o *origin) Outcome {
	switch {
	case n.kind == absent:
		r.Rcode, r.SOA, r.Reason = dns.RcodeNameError, v.soa(o), uint8(n.reason())
		return Absent
	case n.set != nil:
		r.Set = n.set
		return Found
	case q.Type != dns.TypeANY:
		z.records(v, q, r, n, o, q.Type)
	default:
		z.any(v, q, r, n, o)
	}
	if !r.Empty() || r.SOA != nil {
		return Found
	}
	r.SOA, r.Reason = v.soa(o), uint8(n.reason())
	if n.kind == innerReverse && !z.spec.Strict.Reverse {
		return EmptyReverse
	}
	return Empty
}

// any adds the records of the first type of which there are some (RFC 8482 4.1).
func (z *Zone) any(v *view, q *answer.Query, r *answer.Reply, n *node, o *origin) {
	for _, t := range [...]uint16{dns.TypeSOA, dns.TypeA, dns.TypeAAAA, dns.TypePTR, dns.TypeTXT} {
		if z.records(v, q, r, n, o, t); !r.Empty() || r.SOA != nil {
			return
		}
	}
}

// records adds the records of a type.
func (z *Zone) records(v *view, q *answer.Query, r *answer.Reply, n *node, o *origin, t uint16) {
	switch n.kind {
	case apex:
		z.apexRecords(v, r, o, t)
	case versionName:
		if t == dns.TypeTXT {
			r.Set = z.version
			if o.imports {
				r.Set = z.importVersion
			}
		}
	case serverName:
		as := z.serverAddresses()
		as.records(r, t)
	case podName:
		if answer.Family(n.addr) == t {
			r.SetFew(n.addr)
		}
	case serviceName:
		if n.known {
			r.Set = n.set
		} else {
			n.unit.records(z, r, &n.below, t)
		}
	case addressName:
		if t == dns.TypePTR {
			z.point(v, q, r, n)
		}
	}
}

// locate finds what the name is. left is the number of labels in front of the origin. The node is empty before.
func (z *Zone) locate(v *view, q *answer.Query, o *origin, left int, n *node) {
	if left == 0 {
		n.kind = apex
		return
	}
	last := q.Label(left - 1)
	if left > 1 && !o.reverse && string(last) == "svc" {
		z.locateService(v, q, o, left, n)
		return
	}
	switch {
	case left == 1 && string(last) == "dns-version":
		n.kind = versionName
	case left == 2 && string(last) == "dns" && string(q.Label(0)) == "ns":
		n.kind = serverName
	case left == 1 && (string(last) == "svc" || string(last) == "pod" || string(last) == "dns" && z.spec.Strict.Names):
		n.kind = inner
	case o.reverse:
		z.locateAddress(v, q, n)
	case string(last) == "pod":
		z.locatePod(v, q, left, n)
	}
}
