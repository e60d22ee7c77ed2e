// Package zone knows the names: which exist, and what is said about them. It has a file for each kind of name.
//
//	cluster.State ──Update──▶ units, namespaces, addresses, pods ──publish──▶ view
//	                                                                           │
//	answer.Query ──Find──▶ node (what the name is) ──▶ answer.Reply  ◀─────────┘
//
// One goroutine updates a Zone; any number read it, without a lock: a view is immutable, and a question is answered
// from one view. All at and below SVC.NS.svc is one value, a unit: a Service changes at once. What a unit has compiled
// goes with it when a change replaces it, so nothing that is remembered can be out of date.
package zone

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// Zone is the zones of one server block, all made from one cluster.
type Zone struct {
	spec    Spec
	origins []origin // longest first
	texts   []string // of them
	longest int      // bytes of an origin on the wire, without the root
	version *answer.Set

	primary       string // the forward zone that PTR records point into; "" if all are of the clusterset
	clusterset    string // the forward zone that those of ServiceImports point into; "" if there is none
	importVersion *answer.Set
	primaryEnd    answer.Suffix // primary; the end of no name if it is ""
	clustersetEnd answer.Suffix // clusterset, likewise

	view  atomic.Pointer[view]
	local atomic.Pointer[[]netip.Addr] // addresses that the server listens on
	turn  atomic.Uint32

	doubts atomic.Uint32 // bits of Doubt

	exposed map[string]struct{} // nil: all namespaces; by New

	// by Follow
	before        map[string]uint32 // serials that origins had
	outsideBefore uint32

	// owned by the one who updates
	now func() time.Time
}

// view is all that is published, as of one moment. Immutable but for the answers that it and its units remember.
type view struct {
	complete   bool   // the whole cluster is in it
	soas       []soas // of the origins
	units      tree[key, *unit]
	imports    tree[key, *unit]  // of ServiceImports
	namespaces tree[key, *ident] // exposed ones
	owners     holders[ident]    // of addresses that have PTR records
	pods       holders[cluster.Pod]
	outside    outside
	servers    *atomic.Pointer[serverSets] // of this view; nil: nobody has asked
}

func newView() *view { return &view{servers: new(atomic.Pointer[serverSets])} }

// Outcome is what became of a question.
type Outcome uint8

const (
	// Elsewhere: the name is in none of the zones; the reply is untouched.
	Elsewhere Outcome = iota
	// Found: there are records.
	Found
	// Empty: the name exists, without records of that type (RFC 2308 2.2).
	Empty
	// EmptyReverse is Empty for the inside of a reverse tree, where others may know more.
	EmptyReverse
	// Absent: the name does not exist (RFC 8020).
	Absent
	// Unready: nobody can tell yet.
	Unready
	// Refused: this is not the place to ask that.
	Refused
)

// String is the outcome in one word, for metrics.
func (o Outcome) String() string {
	return [...]string{"elsewhere", "found", "nodata", "nodata", "nxdomain", "unready", "refused"}[o]
}

// Chase is the target of an alias that the reply ends in and that the zone has no answer for.
type Chase struct {
	Target string // "" if there is nothing to look up
	Inside bool   // the target is in the zone, which says that it does not exist
}

// Listen tells on which addresses the server listens, as far as clients can use them. It may be called at any time.
func (z *Zone) Listen(addrs []netip.Addr) { z.local.Store(&addrs) }

// Complete reports whether the whole cluster has been published.
func (z *Zone) Complete() bool { return z.view.Load().complete }

// soas are the SOAs of an origin: one that denies, and one that answers.
type soas struct{ denial, answer answer.SOA }

// newSOAs makes the SOAs of an origin for a serial.
func newSOAs(o *origin, serial uint32) (s soas) {
	s.denial, s.answer = o.soa, o.soa
	s.denial.Serial, s.answer.Serial = serial, serial
	s.answer.Answer = true
	return s
}

// soa is the SOA that goes with a denial.
func (v *view) soa(o *origin) *answer.SOA { return &v.soas[o.index].denial }
