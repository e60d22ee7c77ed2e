package kube

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/coredns/coredns/plugin/test"
	"github.com/coredns/coredns/request"
	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/zone"
	"github.com/miekg/dns"
)

// spelled is the labels in front of the origin as text; false: that is no name.
func spelled(labels []string, origin string) (string, bool) {
	var wire []byte
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return "", false
		}
		wire = append(append(wire, byte(len(l))), l...)
	}
	name, _, err := dns.UnpackDomainName(append(wire, 0), 0)
	if name == "." {
		return origin, true
	}
	name += origin
	_, valid := dns.IsDomainName(name)
	return name, err == nil && valid && len(wire)+len(origin)+1 <= 255
}

var types = []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeCNAME, dns.TypeTXT, dns.TypeNS, dns.TypeSOA, dns.TypeANY, dns.TypeHTTPS}

// question asks the zone, and one that was compiled afresh, for the name in some types, each in one of several ways.
func (w *world) question(fresh *zone.Zone, name string, turn int) {
	for i, typ := range types {
		if i > 2 && (i+turn)%5 > 0 {
			continue
		}
		m := new(dns.Msg).SetQuestion(name, typ)
		way := (i + turn) % 4
		if way > 1 {
			m.SetEdns0([]uint16{1232, 65535}[way-2], turn%2 == 0)
		}
		got, kept := w.exits(w.zone, m, way == 1)
		want, compiled := w.exits(fresh, m, way == 1)
		if got != want || kept != compiled {
			w.t.Errorf("%s: kept step by step, %s\n%.4000s\ncompiled afresh, %s\n%.4000s", m.Question[0].String(), kept, got, compiled, want)
		}
		if w.t.Failed() {
			return
		}
	}
}

// exits is what both exits say, without the serial, and what became of the question.
func (w *world) exits(z *zone.Zone, m *dns.Msg, stream bool) (said, outcome string) {
	packet, err := m.Pack()
	if err != nil {
		w.t.Fatalf("%s: %v", m.Question[0].String(), err)
	}
	q, reply := new(answer.Query), answer.Reply{}
	if err := q.Read(packet, stream); err != nil {
		w.t.Fatalf("%s: %v", m.Question[0].String(), err)
	}
	o, chase := z.Find(q, &reply)
	if o == zone.Elsewhere || o == zone.Unready || o == zone.Refused {
		w.t.Errorf("%s: %v, want an answer", m.Question[0].String(), o)
		return "", ""
	}
	q.Turn = 0
	wire := reply.Append(nil, q)
	budget := 512
	if opt := m.IsEdns0(); stream {
		budget = 65535
	} else if opt != nil {
		budget = int(opt.UDPSize())
	}
	if len(wire) > budget {
		w.t.Errorf("%s: %d bytes, want at most %d", m.Question[0].String(), len(wire), budget)
	}
	first := w.unpack(m, wire)

	state := request.Request{W: &test.ResponseWriter{TCP: stream}, Req: m.Copy()}
	second := reply.Msg(q, m)
	state.SizeAndDo(second)
	packed, err := state.Scrub(second).Pack()
	if err != nil {
		w.t.Fatalf("%s: the message exit: %v", m.Question[0].String(), err)
	}
	if other := w.unpack(m, packed); first != other {
		w.t.Errorf("%s: the wire exit says\n%.4000s\nthe message exit\n%.4000s", m.Question[0].String(), first, other)
	}
	return first, fmt.Sprint(o, " ", chase)
}

// unpack is a reply as text, which it has to be.
func (w *world) unpack(request *dns.Msg, wire []byte) string {
	m := new(dns.Msg)
	if err := m.Unpack(wire); err != nil {
		w.t.Fatalf("%s: %v in %x", request.Question[0].String(), err, wire)
	}
	if m.Id != request.Id || !m.Response || len(m.Question) != 1 || m.Question[0] != request.Question[0] {
		w.t.Errorf("%s: answered with %s", request.Question[0].String(), m.MsgHdr.String())
	}
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		w.t.Errorf("%s: %s", request.Question[0].String(), dns.RcodeToString[m.Rcode])
	}
	for _, rr := range append(m.Answer, m.Ns...) {
		if soa, ok := rr.(*dns.SOA); ok {
			soa.Serial = 0
		}
	}
	if opt := m.IsEdns0(); opt != nil {
		opt.Hdr.Ttl &= 0x8000
	}
	return m.String()
}

// transfer looks at the first records of a zone: each is one, and is in it.
func (w *world) transfer(origin string) {
	all, err := w.zone.Transfer(origin, 0)
	if err != nil {
		w.t.Errorf("transfer of %s: %v", origin, err)
		return
	}
	n, buffer := 0, make([]byte, dns.MaxMsgSize)
	for rrs := range all {
		for _, rr := range rrs {
			if _, err := dns.PackRR(rr, buffer, 0, nil, false); err != nil || !dns.IsSubDomain(origin, strings.ToLower(rr.Header().Name)) {
				w.t.Errorf("transfer of %s: %v: %v", origin, rr, err)
			}
		}
		if n += len(rrs); n > 2000 {
			return
		}
	}
}

func reverseName(a netip.Addr) string {
	name, err := dns.ReverseAddr(a.String())
	if err != nil {
		panic(err)
	}
	return name
}
