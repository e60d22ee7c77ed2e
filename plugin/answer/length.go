package answer

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// Length is how long a well-formed message would be if no name in it were compressed, an OPT without options not counted, which
// is the server's. By this CoreDNS measures its answers.
func Length(m []byte) int {
	asked, at := measure(m, question)
	at += 4
	total := question + asked + 4
	records := count(m, 6) + count(m, 8) + count(m, 10)
	for range records {
		owner := asked
		if binary.BigEndian.Uint16(m[at:]) == 0xc000|question {
			at += pointer
		} else {
			owner, at = measure(m, at)
		}
		typ, size := binary.BigEndian.Uint16(m[at:]), int(binary.BigEndian.Uint16(m[at+8:]))
		at += header
		if typ != dns.TypeOPT || size > 0 {
			total += owner + header + dataLength(m, at, typ, size)
		}
		at += size
	}
	return total
}

// dataLength is the length of a record's data without compression.
func dataLength(m []byte, at int, typ uint16, size int) int {
	switch typ {
	case dns.TypeNS, dns.TypePTR, dns.TypeCNAME:
		n, _ := measure(m, at)
		return n
	case dns.TypeSOA:
		primary, next := measure(m, at)
		hostmaster, _ := measure(m, next)
		return primary + hostmaster + 20
	}
	return size
}

// measure is the length of the name at that place without compression, and where it ends in the message.
func measure(m []byte, at int) (length, end int) {
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
