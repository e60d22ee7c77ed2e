package answer

import "github.com/miekg/dns"

// appendPacked appends the reply as the library packs it: names compressed wherever they may be, and cut.
func (r *Reply) appendPacked(dst []byte, q *Query) []byte {
	request := &dns.Msg{
		MsgHdr:   dns.MsgHdr{Id: uint16(q.head >> 48), Opcode: q.Opcode, RecursionDesired: q.head&flagRD != 0, CheckingDisabled: q.head&flagCD != 0},
		Question: []dns.Question{{Name: q.spelled(), Qtype: q.Type, Qclass: q.Class}},
	}
	m := r.Msg(q, request)
	if q.EDNS {
		o := m.IsEdns0()
		if o == nil {
			o = &dns.OPT{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeOPT}}
			m.Extra = append(m.Extra, o)
		}
		o.SetUDPSize(q.Size)
		if q.Flags&FlagDO != 0 {
			o.SetDo()
		}
	}
	m.Compress = true
	m.Truncate(q.budget())
	packed, err := m.Pack()
	if err != nil { // of names that were checked when they came
		failed := &Reply{Rcode: dns.RcodeServerFailure}
		return failed.Append(dst, q)
	}
	return append(dst, packed...)
}
