package answer

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// Append appends the reply to the query as a finished message (RFC 1035 4.1) and returns the longer slice. It
// allocates nothing if dst has room. dst must be empty or hold what the caller puts before the message.
func (r *Reply) Append(dst []byte, q *Query) []byte {
	if r.CNAMEs == nil && r.Extended == nil {
		switch {
		case r.target > 0:
			return r.appendTarget(dst, q)
		case r.whole && r.count == 0 && r.SOA == nil:
			return r.appendWhole(dst, q)
		case r.Set != nil:
		case r.SOA == nil:
			return r.appendFew(dst, q)
		case r.count == 0 && r.SOA.here(q):
			return r.appendDenial(dst, q)
		}
	}
	c := r.fit(q)
	if c.packed {
		return r.appendPacked(dst, q)
	}
	base := len(dst)
	answers, authority := len(r.CNAMEs)+c.answers, 0
	if c.soa && r.SOA.Answer {
		answers++
	} else if c.soa {
		authority++
	}
	dst = r.appendHead(dst, q, answers, authority, c.glue, c.truncated)
	owner := question
	for _, t := range r.CNAMEs {
		n := Name{Rel: t}
		dst = appendHeader(appendPointer(dst, owner), dns.TypeCNAME, r.TTL, n.size(q))
		owner = len(dst) - base
		dst = n.append(dst, q)
	}
	for _, a := range r.few[:min(r.count, c.answers)] {
		dst = appendAddress(dst, owner, r.TTL, a)
	}
	if r.target > 0 {
		dst = appendHeader(appendPointer(dst, owner), dns.TypePTR, r.TTL, r.target)
		dst = append(dst, q.target[:r.target]...)
	}
	if r.Set != nil {
		dst = r.appendSet(dst, base, q, c, owner)
	}
	if c.soa {
		dst = r.SOA.append(dst, base, q)
	}
	if q.EDNS {
		dst = r.appendOPT(dst, q)
	}
	return dst
}

// appendFew appends a reply of nothing but addresses: any client takes that much.
func (r *Reply) appendFew(dst []byte, q *Query) []byte {
	dst = r.appendHead(dst, q, r.count, 0, 0, false)
	for i := range r.few[:r.count] {
		dst = appendAddress(dst, question, r.TTL, r.few[i])
	}
	return appendPlainOPT(dst, q)
}

// appendTarget appends a reply of nothing but the record of SetPointer: any client takes that much.
func (r *Reply) appendTarget(dst []byte, q *Query) []byte {
	dst = appendPointer(r.appendHead(dst, q, 1, 0, 0, false), question)
	dst = append(appendHeader(dst, dns.TypePTR, r.TTL, r.target), q.target[:r.target]...)
	return appendPlainOPT(dst, q)
}

// appendDenial appends a reply of nothing but the SOA of the query's zone: any client takes that much.
func (r *Reply) appendDenial(dst []byte, q *Query) []byte {
	answers := 0
	if r.SOA.Answer {
		answers = 1
	}
	dst = r.appendHead(dst, q, answers, 1-answers, 0, false)
	return appendPlainOPT(r.SOA.appendHere(dst, q), q)
}

// appendWhole appends a reply of nothing but a set, all of which fits.
func (r *Reply) appendWhole(dst []byte, q *Query) []byte {
	s, t := r.Set, r.stamp
	if t == nil {
		t = s.finished(q, question+q.length+4)
	}
	switch {
	case t != nil:
		dst = t.append(r.appendHead(dst, q, t.answers, 0, len(s.glue), false), q, s)
	case s.addrs != nil:
		dst = append(r.appendHead(dst, q, s.Len(), 0, 0, false), s.addrs...)
	default:
		c, base := cut{answers: s.Len(), glue: len(s.glue), whole: true}, len(dst)
		dst = r.appendHead(dst, q, c.answers, 0, c.glue, false)
		begin := len(dst) - base
		dst = s.appendGlue(s.appendRecords(dst, q, c, question), q, c.glue, begin)
	}
	return appendPlainOPT(dst, q)
}

// appendHead appends header and question. The OPT counts as well.
func (r *Reply) appendHead(dst []byte, q *Query, answers, authority, extra int, truncated bool) []byte {
	first := q.head | flagQR | one | uint64(r.Rcode)<<32 | uint64(uint16(answers))
	if r.Authoritative {
		first |= flagAA
	}
	if truncated {
		first |= flagTC
	}
	if q.EDNS {
		extra++
	}
	dst = binary.BigEndian.AppendUint64(dst, first)
	dst = binary.BigEndian.AppendUint32(dst, uint32(authority)<<16|uint32(uint16(extra)))
	dst = append(dst, q.name...)
	return binary.BigEndian.AppendUint32(dst, uint32(q.Type)<<16|uint32(q.Class))
}

// appendSet appends the records of the set, and its glue; the message starts at base. There is no authority beside a set.
func (r *Reply) appendSet(dst []byte, base int, q *Query, c cut, owner int) []byte {
	begin := len(dst) - base
	if c.whole && owner == question {
		if t := r.Set.finished(q, begin); t != nil {
			return t.append(dst, q, r.Set)
		}
	}
	dst = r.Set.appendRecords(dst, q, c, owner)
	return r.Set.appendGlue(dst, q, c.glue, begin)
}

// appendRecords appends the records that go into the answer section; their owner is at that place.
func (s *Set) appendRecords(dst []byte, q *Query, c cut, owner int) []byte {
	if s.addrs != nil {
		n, before := s.stride(), len(dst)
		end := min(c.start+c.answers, s.Len())
		dst = append(dst, s.addrs[c.start*n:end*n]...)
		dst = append(dst, s.addrs[:(c.answers-(end-c.start))*n]...)
		for ; owner != question && before < len(dst); before += n {
			binary.BigEndian.PutUint16(dst[before:], 0xc000|uint16(owner))
		}
		return dst
	}
	for i := range c.answers {
		i = (c.start + i) % s.Len()
		dst = appendPointer(dst, owner)
		switch s.typ {
		case dns.TypeSRV:
			v := &s.srv[i]
			dst = appendHeader(dst, s.typ, s.ttl, 6+labelSize(v.Label)+len(s.wire)+q.length-q.zone)
			dst = append(dst, 0, 0, byte(v.Weight>>8), byte(v.Weight), byte(v.Port>>8), byte(v.Port))
			switch {
			case s.deep && v.Label != "":
				dst = appendText(dst, v.Label)
			case v.Label != "":
				dst = append(append(dst, byte(len(v.Label))), v.Label...)
			}
			// never compressed: RFC 2782
			dst = append(append(dst, s.wire...), q.name[q.zone:q.length]...)
		case dns.TypeTXT:
			dst = appendHeader(dst, s.typ, s.ttl, 1+len(s.text))
			dst = append(append(dst, byte(len(s.text))), s.text...)
		default:
			dst = appendHeader(dst, s.typ, s.ttl, s.names[i].size(q))
			dst = s.names[i].append(dst, q)
		}
	}
	return dst
}

// appendGlue appends the first n glue records; the set's records start at begin.
func (s *Set) appendGlue(dst []byte, q *Query, n, begin int) []byte {
	w := walk{set: s, q: q, at: begin}
	for _, g := range s.glue[:n] {
		if at := w.target(g.Of); at <= farthest {
			dst = appendAddress(dst, at, s.ttl, g.Addr)
		} else {
			dst = appendAddressData(s.target(g.Of).append(dst, q), s.ttl, g.Addr)
		}
	}
	return dst
}

// Lengths of an OPT without options (RFC 6891 6.1.2), and of an extended error without a text (RFC 8914 2).
const (
	optLength = 11
	edeLength = 6
)

// optSize is the length of the OPT.
func (r *Reply) optSize() int {
	if r.Extended == nil {
		return optLength
	}
	return optLength + edeLength + len(r.Extended.Text)
}

// FlagDO is the DNSSEC OK flag of an OPT (RFC 3225 3).
const FlagDO = 1 << 15

// appendOPT appends an OPT as the server does for the other exit, with the client's size and DO. Other flags are not the
// client's to set (RFC 6891 6.1.4), and options get no answer here.
func (r *Reply) appendOPT(dst []byte, q *Query) []byte {
	dst = appendPlainOPT(dst, q)
	if e := r.Extended; e != nil {
		binary.BigEndian.PutUint16(dst[len(dst)-2:], uint16(r.optSize()-optLength))
		dst = binary.BigEndian.AppendUint16(dst, dns.EDNS0EDE)
		dst = binary.BigEndian.AppendUint16(dst, uint16(2+len(e.Text)))
		dst = binary.BigEndian.AppendUint16(dst, e.Code)
		dst = append(dst, e.Text...)
	}
	return dst
}

// appendPlainOPT appends an OPT without options to a reply to a client that has sent one.
func appendPlainOPT(dst []byte, q *Query) []byte {
	if !q.EDNS {
		return dst
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(dns.TypeOPT)<<40|uint64(q.Size)<<24|uint64(q.Flags&FlagDO)>>8)
	return append(dst, 0, 0, 0) // the rest of the flags, and no options
}
