package answer

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// labelSize is how many bytes optional labels with dots between them take on the wire.
func labelSize(label string) int {
	if label == "" {
		return 0
	}
	return 1 + len(label)
}

// Compare is an order of names: by label, then by what follows.
func (n Name) Compare(o Name) int {
	return cmp.Or(strings.Compare(n.Label, o.Label), strings.Compare(n.Rel, o.Rel))
}

// size is how many bytes the name takes on the wire.
func (n Name) size(q *Query) int {
	switch {
	case n.Rel == ".":
		return labelSize(n.Label) + 1
	case n.absolute():
		return labelSize(n.Label) + len(n.Rel) + 1
	}
	return labelSize(n.Label) + labelSize(n.Rel) + q.length - q.zone
}

// append appends the name, uncompressed.
func (n Name) append(dst []byte, q *Query) []byte {
	if n.Label != "" {
		dst = appendText(dst, n.Label)
	}
	if n.Rel != "" {
		dst = appendText(dst, n.Rel)
	}
	if n.absolute() {
		return dst
	}
	return append(dst, q.name[q.zone:q.length]...)
}

// text is the name as a message has it.
func (n Name) text(suffix string) string {
	s := n.Rel
	switch {
	case s == "" || n.absolute():
	case suffix == ".":
		s += "."
	default:
		s += "." + suffix
	}
	if s == "" {
		s = suffix
	}
	switch {
	case n.Label == "":
		return s
	case s == ".":
		return n.Label + "."
	}
	return n.Label + "." + s
}

// appendText appends a name without escapes; the root at its end only if it ends in a dot.
func appendText(dst []byte, text string) []byte {
	if text == "." {
		return append(dst, 0)
	}
	start := len(dst)
	dst = append(dst, 0)
	for i := range len(text) {
		if text[i] != '.' {
			dst = append(dst, text[i])
			continue
		}
		dst[start] = byte(len(dst) - start - 1)
		start = len(dst)
		dst = append(dst, 0)
	}
	dst[start] = byte(len(dst) - start - 1)
	return dst
}

// appendAddress appends an address record whose owner is a compression pointer.
func appendAddress(dst []byte, owner int, ttl uint32, a netip.Addr) []byte {
	first := uint64(0xc000|uint16(owner))<<48 | dns.ClassINET<<16 | uint64(ttl>>16)
	if a.Is4() {
		ip := a.As4()
		dst = binary.BigEndian.AppendUint64(dst, first|uint64(dns.TypeA)<<32)
		return binary.BigEndian.AppendUint64(dst, uint64(ttl)<<48|4<<32|uint64(binary.BigEndian.Uint32(ip[:])))
	}
	ip := a.As16()
	dst = binary.BigEndian.AppendUint64(dst, first|uint64(dns.TypeAAAA)<<32)
	return append(binary.BigEndian.AppendUint32(dst, ttl<<16|16), ip[:]...)
}

// appendAddressData appends all of an address record that follows its owner.
func appendAddressData(dst []byte, ttl uint32, a netip.Addr) []byte {
	if a.Is4() {
		ip := a.As4()
		return append(appendHeader(dst, dns.TypeA, ttl, 4), ip[:]...)
	}
	ip := a.As16()
	return append(appendHeader(dst, dns.TypeAAAA, ttl, 16), ip[:]...)
}

// appendHeader appends type, class IN, TTL and length of the data.
func appendHeader(dst []byte, typ uint16, ttl uint32, length int) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(typ)<<48|dns.ClassINET<<32|uint64(ttl))
	return binary.BigEndian.AppendUint16(dst, uint16(length))
}

// farthest is the last place that a compression pointer reaches.
const farthest = 0x3fff

func appendPointer(dst []byte, to int) []byte {
	return binary.BigEndian.AppendUint16(dst, 0xc000|uint16(to))
}

func putPointer(b []byte, to int) { binary.BigEndian.PutUint16(b, 0xc000|uint16(to)) }
