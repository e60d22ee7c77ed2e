// Package answer makes replies. It knows DNS messages and nothing of Kubernetes.
//
//	                     ┌──▶ Reply.Append   finished bytes        (the wire exit)
//	Query ──▶ Reply ─────┤
//	          (Set…)     └──▶ Reply.Msg      a *dns.Msg            (the message exit)
//
// A Query holds what of a request shapes its reply. A Reply says what there is to say: it points to a Set, which
// is immutable and shared by all who ask, and both exits stamp it with what only this query knows: id, flags,
// spelling, OPT, size. Both leave out the same records when not all fit.
//
// Names in a Set are plain lower-case texts without escapes; who makes one has checked its labels.
package answer

import (
	"net/netip"

	"github.com/miekg/dns"
)

// Reply is what is said to one Query. The zero value says NOERROR and nothing else. It belongs to one goroutine.
type Reply struct {
	Rcode         int
	Authoritative bool
	CNAMEs        []string // targets of a chain that starts at the question, fully qualified; not more than 50
	Set           *Set     // records of the question, or of the last target of CNAMEs; nil: none
	SOA           *SOA     // in the authority section, or the answer to a question for it; nil: none. Not beside Set
	Extended      *EDE     // said to a client that speaks EDNS; nil: nothing
	Reason        uint8    // why there are no records, for who counts; not said to clients

	Spare bool   // glue that does not fit is left out without a word: TC is for answers (RFC 2181 9)
	TTL   uint32 // of CNAMEs and of the addresses of Few
	few   [2]netip.Addr
	count int

	target int    // length of the only PTR record's target, which the query holds
	whole  bool   // all of it fits, as Fits has found
	stamp  *stamp // of Set, likewise; nil: perhaps there is none
}

// SetFew makes addresses of one family the answer, when there are so few that a Set is not worth while.
// It reports whether they are few enough.
func (r *Reply) SetFew(addrs ...netip.Addr) bool {
	if len(addrs) > len(r.few) {
		return false
	}
	r.count = copy(r.few[:], addrs)
	return true
}

// AddFew adds an address to those of SetFew, unless it is one of them, and reports whether there was room.
func (r *Reply) AddFew(a netip.Addr) bool {
	if r.count > 0 && r.few[0] == a || r.count > 1 && r.few[1] == a {
		return true
	}
	if r.count == len(r.few) {
		return false
	}
	r.few[r.count] = a
	r.count++
	return true
}

// Target is empty, with room for the target that SetPointer takes; valid until the query asks something else.
func (q *Query) Target() []byte { return q.target[:0] }

// SetPointer makes one PTR record the answer, of the name on the wire, when a Set is not worth while: any client takes
// that much. It reports whether it does. The reply is to this query and to no other then.
func (r *Reply) SetPointer(q *Query, target []byte) bool {
	if question+q.length+4+fixed+len(target)+optLength+edeLength+maxText > dns.MinMsgSize || len(target) > maxName {
		return false
	}
	r.target = copy(q.target[:], target)
	return true
}

// Empty reports whether the reply has no record in its answer section, but for an SOA.
func (r *Reply) Empty() bool {
	return r.count == 0 && r.target == 0 && r.Set.Len() == 0 && len(r.CNAMEs) == 0
}

// EDE is an extended DNS error (RFC 8914). Immutable.
type EDE struct {
	Code uint16
	Text string
}

// What there is to say of the cluster as a whole.
var (
	// NotReady: the data is not there yet (RFC 8914 4.15).
	NotReady = &EDE{dns.ExtendedErrorCodeNotReady, "the cluster is not known yet"}
	// Stale: the data may be out of date (RFC 8914 4.4).
	Stale = &EDE{dns.ExtendedErrorCodeStaleAnswer, "as last heard of the cluster"}
	// StaleDenial: the data by which there is no such name may be out of date (RFC 8914 4.20).
	StaleDenial = &EDE{dns.ExtendedErrorCodeStaleNXDOMAINAnswer, Stale.Text}
)

// maxText is the most bytes that the text of an EDE has.
const maxText = 32

// Name is a name in a Set: Label, then Rel, then the zone as the query spells it; or, when Rel ends in a dot,
// Label and Rel alone.
type Name struct {
	Label string // labels with dots between them, mostly one, or ""
	Rel   string // labels with dots between them and no dot at the end, or a fully qualified name
}

// absolute reports whether the name stands alone.
func (n Name) absolute() bool { return len(n.Rel) > 0 && n.Rel[len(n.Rel)-1] == '.' }

// Addresses reports whether SetFew gave the reply addresses.
func (r *Reply) Addresses() bool { return r.count > 0 }
