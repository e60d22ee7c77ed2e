package answer

import (
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// records appends the records of the answer section.
func (s *Set) records(dst []dns.RR, q *Query, c cut, owner string) []dns.RR {
	switch s.typ {
	case dns.TypeA:
		return s.recordsA(dst, c, owner)
	case dns.TypeAAAA:
		return s.recordsAAAA(dst, c, owner)
	case dns.TypeSRV:
		return s.recordsSRV(dst, q, c, owner)
	}
	suffix, h := q.suffix(), head(owner, s.typ, s.ttl)
	for i := range c.answers {
		i = (c.start + i) % s.Len()
		switch s.typ {
		case dns.TypeTXT:
			dst = append(dst, &dns.TXT{Hdr: h, Txt: []string{s.text}})
		case dns.TypeNS:
			dst = append(dst, &dns.NS{Hdr: h, Ns: s.names[i].text(suffix)})
		case dns.TypePTR:
			dst = append(dst, &dns.PTR{Hdr: h, Ptr: s.names[i].text(suffix)})
		case dns.TypeCNAME:
			dst = append(dst, &dns.CNAME{Hdr: h, Target: s.names[i].text(suffix)})
		}
	}
	return dst
}

// next is what comes after one of n: they go round.
func next(i, n int) int {
	if i++; i < n {
		return i
	}
	return 0
}

// Address records with the bytes that they point to.
type (
	recordA struct {
		rr dns.A
		ip [4]byte
	}
	recordAAAA struct {
		rr dns.AAAA
		ip [16]byte
	}
)

func (s *Set) recordsA(dst []dns.RR, c cut, owner string) []dns.RR {
	block := make([]recordA, c.answers)
	at, n := c.start, s.Len()
	for i := range block {
		b := &block[i]
		b.ip = [4]byte(s.addrs[at*strideA+fixed:])
		b.rr = dns.A{Hdr: head(owner, s.typ, s.ttl), A: b.ip[:]}
		dst = append(dst, &b.rr)
		at = next(at, n)
	}
	return dst
}

func (s *Set) recordsAAAA(dst []dns.RR, c cut, owner string) []dns.RR {
	block := make([]recordAAAA, c.answers)
	at, n := c.start, s.Len()
	for i := range block {
		b := &block[i]
		b.ip = [16]byte(s.addrs[at*strideQ+fixed:])
		b.rr = dns.AAAA{Hdr: head(owner, s.typ, s.ttl), AAAA: b.ip[:]}
		dst = append(dst, &b.rr)
		at = next(at, n)
	}
	return dst
}

// recordsSRV appends service records. Their targets are parts of one text.
func (s *Set) recordsSRV(dst []dns.RR, q *Query, c cut, owner string) []dns.RR {
	tail := s.rel.text(q.suffix())
	var all strings.Builder
	size := 0
	for i, at := 0, c.start; i < c.answers; i, at = i+1, next(at, len(s.srv)) {
		size += labelSize(s.srv[at].Label) + len(tail)
	}
	all.Grow(size)
	for i, at := 0, c.start; i < c.answers; i, at = i+1, next(at, len(s.srv)) {
		if l := s.srv[at].Label; l != "" {
			all.WriteString(l)
			all.WriteByte('.')
			all.WriteString(tail)
		}
	}
	targets, block := all.String(), make([]dns.SRV, c.answers)
	at := c.start
	for i := range block {
		r, target := &s.srv[at], tail
		if r.Label != "" {
			n := len(r.Label) + 1 + len(tail)
			target, targets = targets[:n], targets[n:]
		}
		block[i] = dns.SRV{Hdr: head(owner, dns.TypeSRV, s.ttl), Weight: r.Weight, Port: r.Port, Target: target}
		dst = append(dst, &block[i])
		at = next(at, len(s.srv))
	}
	return dst
}

// glueRecords appends the first n glue records, which belong to the answers, and leaves room for an OPT.
func (s *Set) glueRecords(dst, answers []dns.RR, n int) []dns.RR {
	if n == 0 {
		return dst
	}
	fours := 0
	for i := range s.glue[:n] {
		if s.glue[i].Addr.Is4() {
			fours++
		}
	}
	four, six := make([]recordA, 0, fours), make([]recordAAAA, 0, n-fours)
	dst = make([]dns.RR, 0, n+1)
	for i := range s.glue[:n] {
		g := &s.glue[i]
		owner := target(answers[g.Of])
		if g.Addr.Is4() {
			four = append(four, recordA{ip: g.Addr.As4()})
			b := &four[len(four)-1]
			b.rr = dns.A{Hdr: head(owner, dns.TypeA, s.ttl), A: b.ip[:]}
			dst = append(dst, &b.rr)
		} else {
			six = append(six, recordAAAA{ip: g.Addr.As16()})
			b := &six[len(six)-1]
			b.rr = dns.AAAA{Hdr: head(owner, dns.TypeAAAA, s.ttl), AAAA: b.ip[:]}
			dst = append(dst, &b.rr)
		}
	}
	return dst
}

// target is the name that the data of the record is.
func target(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.SRV:
		return rr.Target
	case *dns.NS:
		return rr.Ns
	case *dns.PTR:
		return rr.Ptr
	case *dns.CNAME:
		return rr.Target
	}
	return ""
}

func address(owner string, ttl uint32, a netip.Addr) dns.RR {
	if a.Is4() {
		return &dns.A{Hdr: head(owner, dns.TypeA, ttl), A: net.IP(a.AsSlice())}
	}
	return &dns.AAAA{Hdr: head(owner, dns.TypeAAAA, ttl), AAAA: net.IP(a.AsSlice())}
}
