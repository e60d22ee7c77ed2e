package express

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// Places in a message (RFC 1035 4.1).
const (
	head    = 12 // bytes of the header
	fixed   = 10 // type, class, TTL, length of the data
	pointer = 2  // a compression pointer
)

// Length is how long a well-formed message would be if no name in it were compressed, its OPT not counted. By this CoreDNS
// measures its answers.
func Length(m []byte) int {
	question, at := name(m, head)
	at += 4
	total := head + question + 4
	records := count(m, 6) + count(m, 8) + count(m, 10)
	for range records {
		owner := question
		if binary.BigEndian.Uint16(m[at:]) == 0xc000|head {
			at += pointer
		} else {
			owner, at = name(m, at)
		}
		typ, size := binary.BigEndian.Uint16(m[at:]), int(binary.BigEndian.Uint16(m[at+8:]))
		at += fixed
		if typ != dns.TypeOPT {
			total += owner + fixed + data(m, at, typ, size)
		}
		at += size
	}
	return total
}

// data is the length of a record's data without compression.
func data(m []byte, at int, typ uint16, size int) int {
	switch typ {
	case dns.TypeNS, dns.TypePTR, dns.TypeCNAME:
		n, _ := name(m, at)
		return n
	case dns.TypeSOA:
		primary, next := name(m, at)
		hostmaster, _ := name(m, next)
		return primary + hostmaster + 20
	}
	return size
}

// name is the length of the name at that place without compression, and where it ends in the message.
func name(m []byte, at int) (length, end int) {
	for {
		switch c := int(m[at]); {
		case c == 0:
			if end == 0 {
				end = at + 1
			}
			return length + 1, end
		case c >= 0xc0:
			if end == 0 {
				end = at + pointer
			}
			at = c&0x3f<<8 | int(m[at+1])
		default:
			length += 1 + c
			at += 1 + c
		}
	}
}

func count(m []byte, at int) int { return int(binary.BigEndian.Uint16(m[at:])) }

// Shuffle puts the addresses that a well-formed message answers with into another order, by numbers below n that intN makes up; and
// the additional ones, if all are of one family. Aliases stay in front.
func Shuffle(m []byte, intN func(n int) int) {
	_, at := name(m, head)
	at += 4
	answers := count(m, 6)
	for ; answers > 0; answers-- {
		_, after := name(m, at)
		if binary.BigEndian.Uint16(m[after:]) != dns.TypeCNAME {
			break
		}
		at = after + fixed + count(m, after+8)
	}
	shuffle(m[at:], answers, intN)
	glue := count(m, 10)
	if glue < 2 {
		return
	}
	for range answers + count(m, 8) {
		_, at = name(m, at)
		at += fixed + count(m, at+8)
	}
	if n := len(m) - 11; n > at && m[n] == 0 && count(m, n+1) == int(dns.TypeOPT) {
		glue--
	}
	shuffle(m[at:], glue, intN)
}

// shuffle shuffles the n records that m starts with, if all are addresses of one family whose owner is a pointer.
func shuffle(m []byte, n int, intN func(n int) int) {
	if n < 2 {
		return
	}
	stride := pointer + fixed + 4
	typ := binary.BigEndian.Uint16(m[pointer:])
	switch {
	case typ == dns.TypeAAAA:
		stride += 12
	case typ != dns.TypeA:
		return
	}
	for i := range n {
		if r := m[min(i*stride, len(m)):]; len(r) < stride || r[0] < 0xc0 || binary.BigEndian.Uint16(r[pointer:]) != typ {
			return
		}
	}
	var kept [pointer + fixed + 16]byte
	for i := n - 1; i > 0; i-- {
		if j := intN(i + 1); j != i {
			a, b := m[i*stride:][:stride], m[j*stride:][:stride]
			copy(kept[:], a)
			copy(a, b)
			copy(b, kept[:])
		}
	}
}
