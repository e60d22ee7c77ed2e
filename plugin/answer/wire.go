package answer

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// Append appends the reply to the query as a finished message (RFC 1035 4.1) and returns the longer slice. It
// allocates nothing if dst has room. dst must be empty or hold what the caller puts before the message.
func (r *Reply) Append(dst []byte, q *Query) []byte {
	c := r.fit(q)
	if c.packed {
		return r.appendPacked(dst, q)
	}
	base := len(dst)
	dst = r.appendHead(dst, q, c)
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
	begin := len(dst) - base
	if r.Set != nil {
		dst = r.Set.appendRecords(dst, q, c, owner)
	}
	if c.soa {
		dst = r.SOA.append(dst, base, q)
	}
	if c.glue > 0 {
		dst = r.Set.appendGlue(dst, q, c.glue, begin)
	}
	if q.EDNS {
		dst = r.appendOPT(dst, q)
	}
	return dst
}

// appendHead appends header and question.
func (r *Reply) appendHead(dst []byte, q *Query, c cut) []byte {
	bits := uint16(1<<15) | uint16(q.Opcode)<<11 | uint16(r.Rcode)
	if r.Authoritative {
		bits |= 1 << 10
	}
	if c.truncated {
		bits |= 1 << 9
	}
	if q.Opcode == dns.OpcodeQuery {
		if q.RD {
			bits |= 1 << 8
		}
		if q.CD {
			bits |= 1 << 4
		}
	}
	answers, authority, extra := len(r.CNAMEs)+c.answers, 0, c.glue
	if c.soa && r.SOA.Answer {
		answers++
	} else if c.soa {
		authority++
	}
	if q.EDNS {
		extra++
	}
	for _, v := range [...]uint16{q.ID, bits, 1, uint16(answers), uint16(authority), uint16(extra)} {
		dst = binary.BigEndian.AppendUint16(dst, v)
	}
	dst = append(dst, q.name[:q.length]...)
	dst = binary.BigEndian.AppendUint16(dst, q.Type)
	return binary.BigEndian.AppendUint16(dst, q.Class)
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

// names in front of a zone's origin in its SOA.
const (
	primary    = "ns.dns"
	hostmaster = "hostmaster"
)

// here reports whether the SOA is of the zone that the query's name ends in.
func (s *SOA) here(q *Query) bool {
	zone := q.lower[q.zone : q.length-1]
	if s.Origin == "." || len(s.Origin) != len(zone) {
		return s.Origin == "." && len(zone) == 0
	}
	for i, c := range []byte(s.Origin[:len(s.Origin)-1]) {
		if c != '.' && c != zone[i+1] {
			return false
		}
	}
	return true
}

// size is the length of the record.
func (s *SOA) size(q *Query) int {
	n := pointer
	if !s.here(q) {
		n = Name{Rel: s.Origin}.size(q)
	}
	return n + header + labelSize(primary) + pointer + labelSize(hostmaster) + pointer + 20
}

// append appends the record to a message that starts at base.
func (s *SOA) append(dst []byte, base int, q *Query) []byte {
	at := question + q.zone
	if s.here(q) {
		dst = appendPointer(dst, at)
	} else {
		at = len(dst) - base
		dst = Name{Rel: s.Origin}.append(dst, q)
	}
	dst = appendHeader(dst, dns.TypeSOA, s.TTL, labelSize(primary)+pointer+labelSize(hostmaster)+pointer+20)
	dst = appendPointer(appendText(dst, primary), at)
	dst = appendPointer(appendText(dst, hostmaster), at)
	for _, v := range [...]uint32{s.Serial, soaRefresh, soaRetry, soaExpire, s.Minimum} {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	return dst
}

// optSize is the length of the OPT.
func (r *Reply) optSize() int {
	if r.Extended == nil {
		return 11
	}
	return 11 + 6 + len(r.Extended.Text)
}

// flagDO is the DNSSEC OK flag of an OPT (RFC 3225 3).
const flagDO = 1 << 15

// appendOPT appends an OPT as the server does for the other exit, with the client's size and DO. Other flags are not the
// client's to set (RFC 6891 6.1.4), and options get no answer here.
func (r *Reply) appendOPT(dst []byte, q *Query) []byte {
	dst = append(dst, 0)
	dst = binary.BigEndian.AppendUint16(dst, dns.TypeOPT)
	dst = binary.BigEndian.AppendUint16(dst, q.Size)
	dst = binary.BigEndian.AppendUint32(dst, uint32(q.Flags&flagDO))
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.optSize()-11))
	if e := r.Extended; e != nil {
		dst = binary.BigEndian.AppendUint16(dst, dns.EDNS0EDE)
		dst = binary.BigEndian.AppendUint16(dst, uint16(2+len(e.Text)))
		dst = binary.BigEndian.AppendUint16(dst, e.Code)
		dst = append(dst, e.Text...)
	}
	return dst
}
