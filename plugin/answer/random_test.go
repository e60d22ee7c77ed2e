package answer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// random makes queries and replies. Names stay below 255 bytes, as those of a cluster do.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 7))} }

func (r random) label(most int) string {
	const first, all = "abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz0123456789-"
	b := []byte{first[r.IntN(len(first))]}
	for range r.IntN(most) {
		b = append(b, all[r.IntN(len(all))])
	}
	return string(b)
}

// rel is some labels of at most 40 bytes.
func (r random) rel() string {
	labels := []string{r.label(9)}
	for range r.IntN(3) {
		labels = append(labels, r.label(9))
	}
	return strings.Join(labels, ".")
}

func (r random) mixed(s string) string {
	b := []byte(s)
	for i := range b {
		if 'a' <= b[i] && b[i] <= 'z' && r.IntN(4) == 0 {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// name is the labels of a name and how many of them are its zone.
func (r random) name() (labels []string, zone int) {
	switch r.IntN(8) {
	case 0: // as long as a name can be
		for range 127 {
			labels = append(labels, r.mixed(r.label(1))[:1])
		}
		return labels, r.IntN(40)
	case 1: // the root is the zone
		return []string{r.mixed(r.label(20))}, 0
	case 2:
		return nil, 0
	}
	for range r.IntN(5) {
		l := []byte(r.mixed(r.label(20)))
		for i := range l {
			if r.IntN(30) == 0 {
				l[i] = byte(r.IntN(256))
			}
		}
		labels = append(labels, string(l))
	}
	zone = r.IntN(4)
	for range zone {
		labels = append(labels, r.mixed(r.label(12)))
	}
	return labels, zone
}

// query is a request and the query that is read from its packet, which is checked to be the same as that of the message.
func (r random) query(t testing.TB) (*Query, *dns.Msg) {
	labels, zone := r.name()
	wire := []byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.IntN(2)) | byte(r.IntN(4))<<1&^6, byte(r.IntN(2)) << 4,
		0, 1, 0, 0, 0, 0, 0, 0}
	for _, l := range labels {
		wire = append(append(wire, byte(len(l))), l...)
	}
	types := []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeANY, dns.TypeSOA, 65280}
	qtype := types[r.IntN(len(types))]
	wire = append(wire, 0, byte(qtype>>8), byte(qtype), 0, 1)
	if r.IntN(3) > 0 {
		sizes := []uint16{0, 1, 512, 513, 600, 1220, 1232, 4096, 16384, 65534, 65535, uint16(r.Uint32())}
		size := sizes[r.IntN(len(sizes))]
		wire[11] = 1
		wire = append(wire, 0, 0, 41, byte(size>>8), byte(size), 0, 0, byte(r.IntN(2))<<7|byte(r.IntN(4)), byte(r.IntN(2)), 0, 0)
	}
	stream := r.IntN(3) == 0
	q, m, other := new(Query), new(dns.Msg), new(Query)
	if err := q.Read(wire, stream); err != nil {
		t.Fatalf("%x: %v", wire, err)
	}
	if err := m.Unpack(wire); err != nil {
		t.Fatalf("%x: %v", wire, err)
	}
	if err := other.SetMsg(m, stream); err != nil {
		t.Fatalf("%x: %v", wire, err)
	}
	sameQuery(t, q, other)
	setZone(q, zone)
	q.Turn = r.Uint32()
	if r.IntN(2) == 0 {
		setZone(other, zone)
		other.Turn = q.Turn
		q = other
	}
	return q, m
}

// sameQuery checks that two ways of reading a request find the same.
func sameQuery(t testing.TB, got, want *Query) {
	t.Helper()
	a, b := *got, *want
	a.text, b.text = a.spelled(), b.spelled()
	for _, q := range []*Query{&a, &b} {
		if &q.lower[0] != &q.name[0] && bytes.Equal(q.lower, q.name) && q.length >= 8 {
			t.Fatalf("%s: is its own lower case, and has another", q.text)
		}
		q.own, q.folded, q.target = [padded]byte{}, [padded]byte{}, [padded]byte{} // what earlier names left
		clear(q.starts[q.labels:])
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("got %+v, want %+v", a, b)
	}
}

func (r random) addr() netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
	}
	return netip.AddrFrom16([16]byte{0xfd, 0, 14: byte(r.Uint32()), 15: byte(r.Uint32())})
}

func (r random) addrs(n int) (all []netip.Addr) {
	for range n {
		all = append(all, r.addr())
	}
	return all
}

// few is a small number most times, and sometimes a large one.
func (r random) few(large int) int {
	if r.IntN(16) == 0 {
		return r.IntN(large)
	}
	return r.IntN(40)
}

func (r random) reply(q *Query) *Reply {
	rep := &Reply{Authoritative: r.IntN(2) == 0, Spare: r.IntN(4) == 0, TTL: r.Uint32N(3600)}
	if r.IntN(4) == 0 {
		rep.Extended = []*EDE{NotReady, Stale, StaleDenial}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(11) {
			rep.CNAMEs = append(rep.CNAMEs, strings.Repeat(r.label(20)+".", 1+r.IntN(8)))
		}
	}
	switch r.IntN(10) {
	case 9:
		rep.CNAMEs = nil
		if !rep.SetPointer(q, appendText(nil, r.rel()+".")) {
			rep.Set = r.names()
		}
	case 0:
		rep.SetFew(r.addrs(r.IntN(3))...)
	case 1, 2:
		rep.Set = Addresses([]uint16{dns.TypeA, dns.TypeAAAA}[r.IntN(2)], r.Uint32N(3600), r.addrs(r.few(6000)))
	case 3, 4, 5:
		rep.Set = r.services()
	case 6:
		rep.Set = r.names()
	case 7:
		rep.Set = Text(5, r.label(200))
	case 8:
		rep.Rcode = []int{dns.RcodeSuccess, dns.RcodeNameError, dns.RcodeServerFailure}[r.IntN(3)]
		origin := "."
		if r.IntN(2) == 0 {
			origin = r.rel() + "."
		}
		soa := NewSOA(origin, r.Uint32(), 5, 6)
		soa.Answer = len(rep.CNAMEs) == 0 && r.IntN(3) == 0
		rep.SOA = &soa
	}
	return rep
}

func (r random) services() *Set {
	var srv []SRV
	var glue []Glue
	targets, deep := 1+r.few(900), r.IntN(4) == 0
	for i := range targets {
		first := len(srv)
		label := fmt.Sprint(r.label(12), i)
		if deep {
			label += "." + r.label(5)
		}
		if targets == 1 {
			label = ""
		}
		for p := range 1 + r.IntN(3) {
			srv = append(srv, SRV{label, uint16(80 + p), uint16(r.IntN(100))})
		}
		for range r.IntN(3) {
			glue = append(glue, Glue{first, r.addr()})
		}
	}
	return Services(r.Uint32N(3600), r.rel(), srv, glue)
}

func (r random) names() *Set {
	typ := []uint16{dns.TypeNS, dns.TypePTR, dns.TypeCNAME}[r.IntN(3)]
	var names []Name
	var glue []Glue
	for range 1 + r.few(400) {
		n := Name{Label: r.label(12), Rel: r.rel()}
		switch r.IntN(3) {
		case 0:
			n.Rel += "."
		case 1:
			n.Label = ""
		}
		if slices.Contains(names, n) {
			continue
		}
		names = append(names, n)
		for range r.IntN(3) {
			glue = append(glue, Glue{len(names) - 1, r.addr()})
		}
	}
	return Names(typ, r.Uint32N(3600), names, glue)
}
