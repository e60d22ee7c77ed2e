package answer

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// SOA is the start of authority of a zone (RFC 1035 3.3.13, RFC 2308 4). Immutable. NewSOA makes one.
type SOA struct {
	Serial uint32
	Answer bool // it is the answer, not a denial

	origin   string // fully qualified; the query's own spelling of it is used if it is asked below it
	end      Suffix // origin
	ns, mbox string // names of the primary server and of who is responsible, as origin is spelled
	ttl      uint32
	minimum  uint32
	wire     [soaSize]byte // in a message, but for pointers to the origin and the serial
}

// Timers of the SOA, in seconds. No secondary of cluster data needs others.
const (
	soaRefresh = 7200
	soaRetry   = 1800
	soaExpire  = 86400
)

// Labels in front of a zone's origin in its SOA.
const (
	primary    = "ns.dns"
	hostmaster = "hostmaster"
)

// Where the parts of an SOA are whose owner is a pointer.
const (
	soaPrimary    = fixed + 1 + len(primary)                   // the pointer behind the primary's labels
	soaHostmaster = soaPrimary + pointer + 1 + len(hostmaster) // likewise
	soaSerial     = soaHostmaster + pointer
	soaSize       = soaSerial + 20
)

// NewSOA is the SOA of a zone, with the TTL of the record itself, and how long a denial may be kept, in seconds.
func NewSOA(origin string, serial, ttl, minimum uint32) SOA {
	s := SOA{Serial: serial, origin: origin, ttl: ttl, minimum: minimum}
	s.end, _ = NewSuffix(origin)
	s.ns, s.mbox = Name{Rel: primary}.text(origin), Name{Rel: hostmaster}.text(origin)
	b := appendHeader(appendPointer(s.wire[:0], 0), dns.TypeSOA, ttl, soaSize-fixed)
	b = appendPointer(appendText(b, primary), 0)
	b = appendPointer(appendText(b, hostmaster), 0)
	for _, v := range [...]uint32{0, soaRefresh, soaRetry, soaExpire, minimum} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return s
}

// here reports whether the SOA is of the zone that the query's name ends in.
func (s *SOA) here(q *Query) bool { return q.end == s.end.wire }

// size is the length of the record.
func (s *SOA) size(q *Query) int {
	if s.here(q) {
		return soaSize
	}
	return soaSize - pointer + s.end.Len()
}

// append appends the record to a message that starts at base.
func (s *SOA) append(dst []byte, base int, q *Query) []byte {
	if s.here(q) {
		return s.appendHere(dst, q)
	}
	at, n := len(dst)-base, len(dst)+s.end.Len()
	dst = append(append(dst, s.end.wire...), s.wire[pointer:]...)
	s.finish(dst[n:], at)
	return dst
}

// appendHere appends the record of the zone that the query's name ends in.
func (s *SOA) appendHere(dst []byte, q *Query) []byte {
	n := len(dst)
	dst = append(dst, s.wire[:]...)
	b, at := dst[n:], question+q.zone
	putPointer(b, at)
	s.finish(b[pointer:], at)
	return dst
}

// finish writes what the record knows only in its message. b starts behind the owner.
func (s *SOA) finish(b []byte, at int) {
	_ = b[soaSize-pointer-1]
	putPointer(b[soaPrimary-pointer:], at)
	putPointer(b[soaHostmaster-pointer:], at)
	binary.BigEndian.PutUint32(b[soaSerial-pointer:], s.Serial)
}
