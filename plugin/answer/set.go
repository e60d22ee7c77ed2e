package answer

import (
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Set is the records that answer a question, with the additional records that go with them. It is immutable but for its
// stamp: any number of replies share it. A nil Set is empty.
type Set struct {
	ttl   uint32
	typ   uint16 // of all records
	addrs []byte // A and AAAA: finished records, owner at the question
	srv   []SRV
	rel   Name   // what the targets of srv end in, its Label empty
	wire  []byte // rel without the zone, on the wire
	size  int    // of srv on the wire, names without wire and zone
	deep  bool   // some Label of srv is more than one
	names []Name // targets of NS, PTR, CNAME
	text  string // of TXT
	glue  []Glue

	glueSize int // of glue on the wire, owners being pointers
	stamp    atomic.Pointer[stamp]
}

// SRV is a service record (RFC 2782). Its target is Label in front of the set's common name.
type SRV struct {
	Label        string // labels with dots between them, mostly one, or "" for the common name itself
	Port, Weight uint16
}

// Glue is an address record in the additional section. Its owner is the target of record Of of its set.
type Glue struct {
	Of   int
	Addr netip.Addr
}

// Lengths of records on the wire, in bytes.
const (
	header   = 10               // type, class, TTL, length of the data
	pointer  = 2                // a compression pointer (RFC 1035 4.1.4)
	fixed    = pointer + header // all but the data
	strideA  = fixed + 4        // of A
	strideQ  = fixed + 16       // of AAAA
	srvFixed = fixed + 6        // of SRV without the target
)

// Addresses is the A or AAAA records, by typ, of those addresses that are of its family; nil if there are none.
func Addresses(typ uint16, ttl uint32, addrs []netip.Addr) *Set {
	s := &Set{ttl: ttl, typ: typ}
	for _, a := range addrs {
		if Family(a) == typ {
			s.addrs = appendAddress(s.addrs, question, ttl, a)
		}
	}
	if len(s.addrs) == 0 {
		return nil
	}
	return s
}

// Services is the SRV records with their addresses, in the order of Of. The targets are rel, which is below the zone,
// and names below it.
func Services(ttl uint32, rel string, srv []SRV, glue []Glue) *Set {
	if len(srv) == 0 {
		return nil
	}
	s := &Set{ttl: ttl, typ: dns.TypeSRV, rel: Name{Rel: rel}, srv: srv, glue: glue, glueSize: sizeOf(glue)}
	s.wire = appendText(nil, rel)
	for _, r := range srv {
		s.size += srvFixed + labelSize(r.Label)
		s.deep = s.deep || strings.Contains(r.Label, ".")
	}
	return s
}

// Names is records of type NS, PTR or CNAME with one target each, and their addresses in the order of Of.
func Names(typ uint16, ttl uint32, targets []Name, glue []Glue) *Set {
	if len(targets) == 0 {
		return nil
	}
	return &Set{ttl: ttl, typ: typ, names: targets, glue: glue, glueSize: sizeOf(glue)}
}

// sizeOf is how long glue is on the wire where all owners are pointers.
func sizeOf(glue []Glue) (n int) {
	for i := range glue {
		n += fixed + glue[i].Addr.BitLen()/8
	}
	return n
}

// Text is one TXT record of one string.
func Text(ttl uint32, text string) *Set { return &Set{ttl: ttl, typ: dns.TypeTXT, text: text} }

// Len is the number of records, additional ones not counted.
func (s *Set) Len() int {
	switch {
	case s == nil:
		return 0
	case s.typ == dns.TypeTXT:
		return 1
	case s.typ == dns.TypeA:
		return len(s.addrs) / strideA
	case s.typ == dns.TypeAAAA:
		return len(s.addrs) / strideQ
	}
	return len(s.srv) + len(s.names)
}

func (s *Set) stride() int {
	if s.typ == dns.TypeAAAA {
		return strideQ
	}
	return strideA
}

// Family is the type of the record that holds the address.
func Family(a netip.Addr) uint16 {
	if a.Is4() {
		return dns.TypeA
	}
	return dns.TypeAAAA
}
