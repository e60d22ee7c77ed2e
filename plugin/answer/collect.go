package answer

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"github.com/miekg/dns"
)

// seed and mix make hashes that nobody can foresee.
var (
	seed = maphash.MakeSeed()
	mix  = [...]uint64{rand.Uint64(), rand.Uint64()}
)

// AddressRecords collects the records of one family, each address once. It belongs to one goroutine.
type AddressRecords struct {
	set  *Set
	room int
	seen table
}

// NewAddressRecords collects records of type A or AAAA, and has room for so many.
func NewAddressRecords(typ uint16, ttl uint32, room int) *AddressRecords {
	return &AddressRecords{set: &Set{ttl: ttl, typ: typ}, room: room}
}

// Add adds the address if it is of the family, and not there yet.
func (c *AddressRecords) Add(a netip.Addr) {
	s := c.set
	if Family(a) != s.typ {
		return
	}
	stride := s.stride()
	if s.addrs == nil { // there may be none of the family
		s.addrs, c.seen = make([]byte, 0, max(1, c.room)*stride), newTable(c.room)
	}
	if _, known := c.seen.number(hashOf(a, 0), func(i int) bool { return s.address(i*stride+fixed) == a }); !known {
		s.addrs = appendAddress(s.addrs, question, s.ttl, a)
	}
}

// Set is what was collected; nil if it is nothing.
func (c *AddressRecords) Set() *Set {
	if len(c.set.addrs) == 0 {
		return nil
	}
	return c.set
}

// address is the address at that place of the set's records.
func (s *Set) address(at int) netip.Addr {
	if s.typ == dns.TypeA {
		return netip.AddrFrom4([4]byte(s.addrs[at:]))
	}
	return netip.AddrFrom16([16]byte(s.addrs[at:]))
}

// hashOf is the hash of an address that belongs to something of a number.
func hashOf(a netip.Addr, of int) uint64 {
	b := a.As16()
	high, low := bits.Mul64(binary.BigEndian.Uint64(b[:])^uint64(of)^mix[0], binary.BigEndian.Uint64(b[8:])^mix[1])
	return high ^ low
}

// ServiceRecords collects service records and their glue: one record for each target and port number, one address record
// for each target and address. It belongs to one goroutine.
type ServiceRecords struct {
	srv       []SRV
	glue      []Glue
	targets   table
	firsts    []first // of targets
	ports     table   // of targets that have more than one
	seenPorts []owned // by their numbers in ports
	seen      table   // glue of targets that have more than one
	seenGlue  []int   // their places in glue
	unordered bool    // glue is not in the order of its records
}

// first is the first record of a target, and its first glue.
type first struct{ srv, glue int32 }

// owned is a port of a target.
type owned struct {
	target int32
	port   uint16
}

// NewServiceRecords has room for so many targets.
func NewServiceRecords(room int) *ServiceRecords {
	return &ServiceRecords{
		srv: make([]SRV, 0, room), glue: make([]Glue, 0, room), targets: newTable(room), firsts: make([]first, 0, room),
	}
}

// Add adds a record of a target with its address, each unless it is there.
func (c *ServiceRecords) Add(label string, port uint16, a netip.Addr) {
	t, known := c.targets.number(maphash.String(seed, label), func(i int) bool { return c.srv[c.firsts[i].srv].Label == label })
	if !known {
		n := len(c.srv)
		c.firsts = append(c.firsts, first{int32(n), int32(len(c.glue))})
		c.srv, c.glue = append(c.srv, SRV{Label: label, Port: port}), append(c.glue, Glue{n, a})
		return
	}
	c.addPort(t, label, port)
	c.addGlue(t, a)
}

func (c *ServiceRecords) addPort(t int, label string, port uint16) {
	if c.srv[c.firsts[t].srv].Port == port {
		return
	}
	if c.ports.slots == nil {
		c.ports = newTable(0)
	}
	o := owned{int32(t), port}
	high, low := bits.Mul64(uint64(t)<<16^uint64(port)^mix[0], mix[1])
	if _, known := c.ports.number(high^low, func(i int) bool { return c.seenPorts[i] == o }); known {
		return
	}
	c.seenPorts = append(c.seenPorts, o)
	c.srv = append(c.srv, SRV{Label: label, Port: port})
}

func (c *ServiceRecords) addGlue(t int, a netip.Addr) {
	e := &c.firsts[t]
	if c.glue[e.glue].Addr == a {
		return
	}
	is := func(i int) bool { return c.glue[c.seenGlue[i]] == Glue{int(e.srv), a} }
	if c.seen.slots == nil {
		c.seen = newTable(0)
	}
	if _, known := c.seen.number(hashOf(a, t), is); known {
		return
	}
	c.seenGlue = append(c.seenGlue, len(c.glue))
	c.unordered = c.unordered || c.glue[len(c.glue)-1].Of > int(e.srv)
	c.glue = append(c.glue, Glue{int(e.srv), a})
}

// Len is the number of service records.
func (c *ServiceRecords) Len() int { return len(c.srv) }

// Set is what was collected, all of one weight; nil if it is nothing. The targets are rel, which is below the zone, and
// names below it.
func (c *ServiceRecords) Set(ttl uint32, rel string, weight uint16) *Set {
	for i := range c.srv {
		c.srv[i].Weight = weight
	}
	if c.unordered {
		c.order()
	}
	return Services(ttl, rel, c.srv, c.glue)
}

// order puts glue in the order of its records, and that of one record as it came.
func (c *ServiceRecords) order() {
	starts := make([]int, len(c.srv)+1)
	for i := range c.glue {
		starts[c.glue[i].Of+1]++
	}
	for i := range c.srv {
		starts[i+1] += starts[i]
	}
	ordered := make([]Glue, len(c.glue))
	for _, g := range c.glue {
		ordered[starts[g.Of]] = g
		starts[g.Of]++
	}
	c.glue = ordered
}
