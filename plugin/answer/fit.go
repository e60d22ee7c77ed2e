package answer

import "github.com/miekg/dns"

// Both exits say the same. For addresses and SRV records what fits is decided here, by the lengths that they have in the
// wire exit, which are those of the message exit's when they are packed: the server has nothing left to cut. Names in the
// data of other records could be compressed, which the wire exit does not do: the few such replies that do not fit as they
// are go whole to the library, which compresses and cuts.

// question is where the question's name starts in every message (RFC 1035 4.1.1).
const question = 12

// cut says which records of a reply go to the client.
type cut struct {
	answers   int // of the set
	start     int // the first of them; they go round at the end
	glue      int
	soa       bool
	truncated bool
	packed    bool // all of them, as far as they fit when the library has compressed them
	whole     bool // nothing is left out
}

// fit cuts the reply to what the client takes.
func (r *Reply) fit(q *Query) cut {
	if r.count > 0 && r.CNAMEs == nil && r.SOA == nil && r.Extended == nil {
		return cut{answers: r.count, whole: true} // any client takes that much
	}
	all := cut{answers: r.count + min(r.target, 1) + r.Set.Len(), soa: r.SOA != nil}
	if r.Set != nil {
		all.glue = len(r.Set.glue)
	}
	if r.whole || r.fits(q) {
		all.whole = true
		return all
	}
	c := r.fitPlain(q, all)
	if c.truncated && (r.Set != nil && r.Set.names != nil || len(r.CNAMEs) > 0 && c.answers == 0) {
		all.packed = true
		return all
	}
	return c
}

// Fits reports whether all of the reply fits. It may say no of one that is longer than pointers reach. Where a reply
// does not fit, the query's Turn tells with which record it begins. The reply is to this query and to no other then, and
// nothing of either is to be changed.
func (r *Reply) Fits(q *Query) bool {
	if t := r.Set.stamped(q); t != nil && r.CNAMEs == nil && r.SOA == nil {
		n := question + q.length + 4 + len(t.records)
		if q.EDNS {
			n += r.optSize()
		}
		r.stamp, r.whole = t, n <= min(q.budget(), farthest)
		return r.whole
	}
	r.whole = r.fits(q)
	return r.whole
}

func (r *Reply) fits(q *Query) bool { return r.size(q) <= min(q.budget(), farthest) }

// size is how long the whole reply is, where a pointer reaches the owner of each additional record.
func (r *Reply) size(q *Query) int {
	n := r.begin(q)
	if r.count > 0 {
		n += r.count * (fixed + r.few[0].BitLen()/8)
	}
	if r.target > 0 {
		n += fixed + r.target
	}
	if r.Set != nil {
		n += r.Set.total(q) + r.Set.glueSize
	}
	if r.SOA != nil {
		n += r.SOA.size(q)
	}
	if q.EDNS {
		n += r.optSize()
	}
	return n
}

// fitPlain is what of all fits when nothing in the data of records is compressed: first glue goes, then authority, then
// answers.
func (r *Reply) fitPlain(q *Query, all cut) cut {
	c, room := all, q.budget()-r.begin(q)
	if q.EDNS {
		room -= r.optSize()
	}
	if all.soa {
		if room -= r.SOA.size(q); room < 0 && !r.SOA.Answer {
			room += r.SOA.size(q)
			c.soa = false
		}
	}
	c.answers, c.start, room = r.fitAnswers(q, room)
	if c.answers < all.answers {
		c.glue = 0
	} else if all.glue > 0 {
		c.glue = r.Set.fitGlue(q, room, r.begin(q))
	}
	c.truncated = room < 0 || c.answers < all.answers || c.glue < all.glue && !r.Spare || c.soa != all.soa
	return c
}

// begin is where the set's first record starts.
func (r *Reply) begin(q *Query) int {
	at := question + q.length + 4
	for _, t := range r.CNAMEs {
		at += fixed + Name{Rel: t}.size(q)
	}
	return at
}

// fitAnswers is how many records fit, the first of them, and the room that is left.
func (r *Reply) fitAnswers(q *Query, room int) (n, start, left int) {
	if r.count > 0 {
		stride := fixed + r.few[0].BitLen()/8
		n = min(r.count, max(room, 0)/stride)
		return n, 0, room - n*stride
	}
	s, all := r.Set, r.Set.Len()
	if all == 0 {
		return 0, 0, room
	}
	if s.addrs != nil {
		n = min(all, max(room, 0)/s.stride())
		left = room - n*s.stride()
	} else if total := s.total(q); total <= room {
		return all, 0, room - total
	}
	if n == all {
		return n, 0, left
	}
	start = int(q.Turn % uint32(all))
	if s.addrs == nil {
		for left = room; n < all; n++ {
			size := s.recordSize((start+n)%all, q)
			if size > left {
				break
			}
			left -= size
		}
	}
	return n, start, left
}

// total is the length of all records but glue.
func (s *Set) total(q *Query) int {
	switch {
	case s.addrs != nil:
		return len(s.addrs)
	case s.typ == dns.TypeSRV:
		return s.size + len(s.srv)*(len(s.wire)+q.length-q.zone)
	}
	n := 0
	for i := range s.Len() {
		n += s.recordSize(i, q)
	}
	return n
}

// recordSize is the length of record i.
func (s *Set) recordSize(i int, q *Query) int {
	switch s.typ {
	case dns.TypeSRV:
		return srvFixed + s.target(i).size(q)
	case dns.TypeTXT:
		return fixed + 1 + len(s.text)
	}
	return fixed + s.names[i].size(q)
}

// target is the target of record i.
func (s *Set) target(i int) Name {
	if s.typ == dns.TypeSRV {
		return Name{s.srv[i].Label, s.rel.Rel}
	}
	return s.names[i]
}

// fitGlue is how many glue records fit behind all answers, which start at begin.
func (s *Set) fitGlue(q *Query, room, begin int) int {
	w := walk{set: s, q: q, at: begin}
	for i, g := range s.glue {
		room -= w.ownerSize(g.Of) + header + g.Addr.BitLen()/8
		if room < 0 {
			return i
		}
	}
	return len(s.glue)
}

// walk finds where the targets of the records stand, in order.
type walk struct {
	set   *Set
	q     *Query
	at, i int // where record i starts
}

// target is where the target of record i stands; i never goes back.
func (w *walk) target(i int) int {
	for ; w.i < i; w.i++ {
		w.at += w.set.recordSize(w.i, w.q)
	}
	if w.set.typ == dns.TypeSRV {
		return w.at + srvFixed
	}
	return w.at + fixed
}

// ownerSize is the length of the owner of a glue record: a pointer to the target, or, where no pointer reaches that
// far, the whole name.
func (w *walk) ownerSize(of int) int {
	if w.target(of) <= farthest {
		return pointer
	}
	return w.set.target(of).size(w.q)
}
