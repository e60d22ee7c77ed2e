package answer

import (
	"iter"

	"github.com/miekg/dns"
)

// Plugins that wrap a writer change records of a reply in place (cache their TTLs, rewrite their names): no record is in
// two replies. So each reply has its own, in as few blocks as there can be. Texts are shared.

// envelope is a message with what most have of slices.
type envelope struct {
	msg      dns.Msg
	question [1]dns.Question
	records  [2]dns.RR // one of an answer or of the authority, and the OPT that the server adds
}

// What most replies consist of, each in one block.
type (
	envelopeA struct {
		envelope
		rr dns.A
		ip [4]byte
	}
	envelopeAAAA struct {
		envelope
		rr dns.AAAA
		ip [16]byte
	}
	envelopeSOA struct {
		envelope
		rr dns.SOA
	}
)

// Msg is the reply to the request that the query was read from. All of it is the caller's to change, and shared with no
// other. It fits the client, but for names that the server can compress and cut as any other.
func (r *Reply) Msg(q *Query, request *dns.Msg) *dns.Msg {
	if r.CNAMEs == nil && r.Set == nil && r.target == 0 {
		if m := r.short(q, request); m != nil {
			return r.extended(q, m)
		}
	}
	c := r.fit(q)
	m := new(envelope).begin(r, request)
	m.Truncated = c.truncated
	owner := q.spelled()
	m.Answer = make([]dns.RR, 0, len(r.CNAMEs)+c.answers)
	for _, t := range r.CNAMEs {
		m.Answer = append(m.Answer, &dns.CNAME{Hdr: head(owner, dns.TypeCNAME, r.TTL), Target: t})
		owner = t
	}
	for _, a := range r.few[:min(r.count, c.answers)] {
		m.Answer = append(m.Answer, address(owner, r.TTL, a))
	}
	if r.target > 0 {
		m.Answer = append(m.Answer, r.pointer(q, owner))
	}
	if r.Set != nil {
		m.Answer = r.Set.records(m.Answer, q, c, owner)
		m.Extra = r.Set.glueRecords(m.Extra, m.Answer[len(r.CNAMEs):], c.glue)
	}
	if c.soa {
		soa := new(dns.SOA)
		r.SOA.fill(soa, q)
		if r.SOA.Answer {
			m.Answer = append(m.Answer, soa)
		} else {
			m.Ns = []dns.RR{soa}
		}
	}
	return r.extended(q, m)
}

// begin makes the message a reply to the request, with room for the OPT.
func (e *envelope) begin(r *Reply, request *dns.Msg) *dns.Msg {
	m := &e.msg
	m.Id, m.Response, m.Opcode, m.Rcode, m.Authoritative = request.Id, true, request.Opcode, r.Rcode, r.Authoritative
	if m.Opcode == dns.OpcodeQuery {
		m.RecursionDesired, m.CheckingDisabled = request.RecursionDesired, request.CheckingDisabled
	}
	e.question[0] = request.Question[0]
	m.Question = e.question[:]
	m.Extra = e.records[1:1]
	return m
}

// short is a reply of one address or one SOA, which always fits; nil: it is none.
func (r *Reply) short(q *Query, request *dns.Msg) (m *dns.Msg) {
	switch {
	case r.count == 1 && r.SOA == nil && r.few[0].Is4():
		b := &envelopeA{ip: r.few[0].As4()}
		b.rr = dns.A{Hdr: head(q.spelled(), dns.TypeA, r.TTL), A: b.ip[:]}
		m, b.records[0] = b.begin(r, request), &b.rr
		m.Answer = b.records[:1:1]
	case r.count == 1 && r.SOA == nil:
		b := &envelopeAAAA{ip: r.few[0].As16()}
		b.rr = dns.AAAA{Hdr: head(q.spelled(), dns.TypeAAAA, r.TTL), AAAA: b.ip[:]}
		m, b.records[0] = b.begin(r, request), &b.rr
		m.Answer = b.records[:1:1]
	case r.count == 0 && r.SOA != nil && r.fits(q):
		b := new(envelopeSOA)
		r.SOA.fill(&b.rr, q)
		m, b.records[0] = b.begin(r, request), &b.rr
		if r.SOA.Answer {
			m.Answer = b.records[:1:1]
		} else {
			m.Ns = b.records[:1:1]
		}
	}
	return m
}

// extended adds an OPT with the extended error, to a client that speaks EDNS.
func (r *Reply) extended(q *Query, m *dns.Msg) *dns.Msg {
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
		if r.target > 0 {
			few = append(few, r.pointer(q, owner))
		}
		if r.SOA != nil && r.SOA.Answer {
			soa := new(dns.SOA)
			r.SOA.fill(soa, q)
			few = append(few, soa)
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

// pointer is the PTR record of SetPointer.
func (r *Reply) pointer(q *Query, owner string) dns.RR {
	target, _, _ := dns.UnpackDomainName(q.target[:r.target], 0)
	return &dns.PTR{Hdr: head(owner, dns.TypePTR, r.TTL), Ptr: target}
}

// fill makes the record.
func (s *SOA) fill(rr *dns.SOA, q *Query) {
	origin, ns, mbox := s.origin, s.ns, s.mbox
	if s.here(q) {
		if spelled := q.suffix(); spelled != origin {
			origin, ns, mbox = spelled, Name{Rel: primary}.text(spelled), Name{Rel: hostmaster}.text(spelled)
		}
	}
	*rr = dns.SOA{
		Hdr: head(origin, dns.TypeSOA, s.ttl), Serial: s.Serial, Ns: ns, Mbox: mbox,
		Refresh: soaRefresh, Retry: soaRetry, Expire: soaExpire, Minttl: s.minimum,
	}
}

func head(owner string, typ uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: owner, Rrtype: typ, Class: dns.ClassINET, Ttl: ttl}
}
