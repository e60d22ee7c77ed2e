package zone

import (
	"errors"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// Why there is no transfer.
var (
	ErrElsewhere  = errors.New("not a zone that is served")
	ErrIncomplete = errors.New("the cluster is not known yet")
)

// transferBatch is how many records a transfer hands over at once.
const transferBatch = 256

// Transfer is all records of the zone of that name, as of this moment, some at a time: the SOA, the NS records, all
// others, the SOA (RFC 5936 2.2). For who has the serial or a newer one it is the SOA alone (RFC 1995 2); 0 is nobody's
// serial. The records are the caller's to change. One goroutine at a time may range over the sequence; any may call
// Transfer.
//
// Each name is answered by what answers queries. Names without bound are left out: those of pods that nobody verifies,
// spellings of ports without their underscores, and names of places that prefer what is there.
func (z *Zone) Transfer(name string, serial uint32) (iter.Seq[[]dns.RR], error) {
	o := z.originOf(name)
	if o == nil {
		return nil, ErrElsewhere
	}
	v := z.view.Load()
	if !v.complete {
		return nil, ErrIncomplete
	}
	newest := serial != 0 && !ahead(v.serial(o), serial)
	return func(yield func([]dns.RR) bool) {
		t := &transfer{z: z, v: v, o: o, yield: yield}
		t.at(o.text, dns.TypeSOA)
		if !newest {
			t.rest()
			t.at(o.text, dns.TypeSOA)
		}
		t.flush()
	}, nil
}

// originOf is the origin of that name; nil if there is none.
func (z *Zone) originOf(name string) *origin {
	text := strings.ToLower(dns.Fqdn(name))
	i := slices.IndexFunc(z.origins, func(o origin) bool { return o.text == text })
	if i < 0 {
		return nil
	}
	return &z.origins[i]
}

// transfer is one that is under way. It belongs to one goroutine.
type transfer struct {
	z     *Zone
	v     *view
	o     *origin
	unit  *unit // whose names are next; it remembers for this transfer only
	query answer.Query
	batch []dns.RR
	yield func([]dns.RR) bool
	ended bool // the receiver has enough
}

// rest is all but the SOA.
func (t *transfer) rest() {
	t.at(t.o.text, dns.TypeNS)
	t.at(join("dns-version", t.o.text), dns.TypeTXT)
	t.at(join(defaultServer, t.o.text), dns.TypeA, dns.TypeAAAA)
	if t.o.reverse {
		t.addresses()
		return
	}
	t.units()
	if t.z.spec.Pods == Verified {
		t.v.pods.under(span{width: width4}, t.pods)
		t.v.pods.under(span{width: width6}, t.pods)
	}
}

// units is all names at and below Services, in the order of their names.
func (t *transfer) units() {
	var all []*unit
	t.v.unitsIn(t.o).each(func(u *unit) { all = append(all, u) })
	slices.SortFunc(all, func(a, b *unit) int { return strings.Compare(a.rel(), b.rel()) })
	for _, u := range all {
		if t.ended {
			return
		}
		rel := u.rel()
		t.unit = u.passing()
		u.selectors(t.z, func(s selector) bool {
			return t.at(join(s.prefix()+rel, t.o.text), dns.TypeA, dns.TypeAAAA, dns.TypeSRV)
		})
	}
}

// pods is the names of the pods that have the address.
func (t *transfer) pods(a netip.Addr, all ...*cluster.Pod) bool {
	label := string(appendDashed(nil, a))
	var done []string
	for _, p := range all {
		if !slices.Contains(done, p.Namespace) {
			done = append(done, p.Namespace)
			t.at(join(label+"."+p.Namespace+".pod", t.o.text), dns.TypeA, dns.TypeAAAA)
		}
	}
	return !t.ended
}

// addresses is the names of addresses.
func (t *transfer) addresses() {
	t.v.owners.under(t.o.span, func(a netip.Addr, _ ...*ident) bool { return t.at(reverseName(a), dns.TypePTR) })
}

// reverseName is the name of an address in the reverse tree.
func reverseName(a netip.Addr) string {
	name, err := dns.ReverseAddr(a.String())
	if err != nil {
		return "" // an address always has one
	}
	return name
}

// at sends the records of those types at the name, if it is one of the zone, and reports whether to go on.
func (t *transfer) at(name string, types ...uint16) bool {
	if t.ended || t.query.SetName(name) != nil {
		return !t.ended // what is too long to be asked for does not exist
	}
	o, left := t.z.match(&t.query)
	if o != t.o {
		return true
	}
	t.query.SetZone(o.end)
	n := new(node)
	t.z.locate(t.v, &t.query, o, left, n)
	if n.kind == serviceName {
		n.unit = t.unit
		if target := n.unit.alias(&n.below); target != "" {
			t.add(&answer.Reply{CNAMEs: []string{target}, TTL: t.z.spec.TTL})
			return !t.ended
		}
	}
	for _, typ := range types {
		r := &answer.Reply{TTL: t.z.spec.TTL}
		t.z.records(t.v, &t.query, r, n, o, typ)
		t.add(r)
	}
	return !t.ended
}

// add sends what the reply says, when there is a batch of it.
func (t *transfer) add(r *answer.Reply) {
	for rrs := range r.Records(&t.query, transferBatch) {
		t.batch = append(t.batch, rrs...)
		if len(t.batch) >= transferBatch {
			t.flush()
		}
		if t.ended {
			return
		}
	}
}

func (t *transfer) flush() {
	if !t.ended && len(t.batch) > 0 {
		t.ended = !t.yield(t.batch)
		t.batch = nil
	}
}

// passing is a copy of the unit that remembers its answers for itself: what a transfer compiles is used once.
func (u *unit) passing() *unit {
	c := &unit{id: u.id, service: u.service, slices: u.slices, hosts: u.hosts, hidden: u.hidden, index: u.index}
	c.shelf.Store(u.shelf.Load())
	return c
}
