package answer

import (
	"iter"
	"net"
	"net/netip"

	"github.com/miekg/dns"
)

// Msg is the reply to the request that the query was read from. All of it is the caller's to change. Records of the
// answer are made in one block. It fits the client, but for names that the server can compress and cut as any other.
func (r *Reply) Msg(q *Query, request *dns.Msg) *dns.Msg {
	c := r.fit(q)
	m := new(dns.Msg).SetRcode(request, r.Rcode)
	m.Authoritative, m.Truncated = r.Authoritative, c.truncated
	owner := q.spelled()
	m.Answer = make([]dns.RR, 0, len(r.CNAMEs)+c.answers)
	for _, t := range r.CNAMEs {
		m.Answer = append(m.Answer, &dns.CNAME{Hdr: head(owner, dns.TypeCNAME, r.TTL), Target: t})
		owner = t
	}
	for _, a := range r.few[:min(r.count, c.answers)] {
		m.Answer = append(m.Answer, address(owner, r.TTL, a))
	}
	if r.Set != nil {
		m.Answer = r.Set.records(m.Answer, q, c, owner)
		m.Extra = r.Set.glueRecords(q, c.glue)
	}
	if c.soa && r.SOA.Answer {
		m.Answer = append(m.Answer, r.SOA.record(q))
	} else if c.soa {
		m.Ns = []dns.RR{r.SOA.record(q)}
	}
	if r.Extended != nil && q.EDNS {
		o := &dns.OPT{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeOPT}}
		o.Option = []dns.EDNS0{&dns.EDNS0_EDE{InfoCode: r.Extended.Code, ExtraText: r.Extended.Text}}
		m.Extra = append(m.Extra, o)
	}
	return m
}

// Records is the records of the answer section, most of them at a time, whether a message could hold them or not. They
// are the caller's to change.
func (r *Reply) Records(q *Query, most int) iter.Seq[[]dns.RR] {
	return func(yield func([]dns.RR) bool) {
		var few []dns.RR
		owner := q.spelled()
		for _, t := range r.CNAMEs {
			few = append(few, &dns.CNAME{Hdr: head(owner, dns.TypeCNAME, r.TTL), Target: t})
			owner = t
		}
		for _, a := range r.few[:r.count] {
			few = append(few, address(owner, r.TTL, a))
		}
		if r.SOA != nil && r.SOA.Answer {
			few = append(few, r.SOA.record(q))
		}
		if len(few) > 0 && !yield(few) {
			return
		}
		for from := 0; from < r.Set.Len(); from += most {
			c := cut{start: from, answers: min(most, r.Set.Len()-from)}
			if !yield(r.Set.records(make([]dns.RR, 0, c.answers), q, c, owner)) {
				return
			}
		}
	}
}

// records appends the records of the answer section.
func (s *Set) records(dst []dns.RR, q *Query, c cut, owner string) []dns.RR {
	switch s.typ {
	case dns.TypeA:
		return s.recordsA(dst, c, owner)
	case dns.TypeAAAA:
		return s.recordsAAAA(dst, c, owner)
	}
	suffix, h := q.suffix(), head(owner, s.typ, s.ttl)
	for i := range c.answers {
		i = (c.start + i) % s.Len()
		switch s.typ {
		case dns.TypeSRV:
			dst = append(dst, &dns.SRV{Hdr: h, Weight: s.srv[i].Weight, Port: s.srv[i].Port, Target: s.target(i).text(suffix)})
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

func (s *Set) recordsA(dst []dns.RR, c cut, owner string) []dns.RR {
	block := make([]struct {
		rr dns.A
		ip [4]byte
	}, c.answers)
	for i := range block {
		b := &block[i]
		copy(b.ip[:], s.addrs[(c.start+i)%s.Len()*strideA+fixed:])
		b.rr = dns.A{Hdr: head(owner, s.typ, s.ttl), A: b.ip[:]}
		dst = append(dst, &b.rr)
	}
	return dst
}

func (s *Set) recordsAAAA(dst []dns.RR, c cut, owner string) []dns.RR {
	block := make([]struct {
		rr dns.AAAA
		ip [16]byte
	}, c.answers)
	for i := range block {
		b := &block[i]
		copy(b.ip[:], s.addrs[(c.start+i)%s.Len()*strideQ+fixed:])
		b.rr = dns.AAAA{Hdr: head(owner, s.typ, s.ttl), AAAA: b.ip[:]}
		dst = append(dst, &b.rr)
	}
	return dst
}

func (s *Set) glueRecords(q *Query, n int) []dns.RR {
	if n == 0 {
		return nil
	}
	suffix := q.suffix()
	rrs := make([]dns.RR, 0, n+1) // and the OPT
	for _, g := range s.glue[:n] {
		rrs = append(rrs, address(s.target(g.Of).text(suffix), s.ttl, g.Addr))
	}
	return rrs
}

func (s *SOA) record(q *Query) dns.RR {
	origin := s.Origin
	if s.here(q) {
		origin = q.suffix()
	}
	return &dns.SOA{
		Hdr: head(origin, dns.TypeSOA, s.TTL), Serial: s.Serial,
		Ns: Name{Rel: primary}.text(origin), Mbox: Name{Rel: hostmaster}.text(origin),
		Refresh: soaRefresh, Retry: soaRetry, Expire: soaExpire, Minttl: s.Minimum,
	}
}

func address(owner string, ttl uint32, a netip.Addr) dns.RR {
	if a.Is4() {
		return &dns.A{Hdr: head(owner, dns.TypeA, ttl), A: net.IP(a.AsSlice())}
	}
	return &dns.AAAA{Hdr: head(owner, dns.TypeAAAA, ttl), AAAA: net.IP(a.AsSlice())}
}

func head(owner string, typ uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: owner, Rrtype: typ, Class: dns.ClassINET, Ttl: ttl}
}
