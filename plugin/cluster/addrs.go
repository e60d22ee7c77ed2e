package cluster

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"strings"
)

// Addrs is a list of addresses that takes four or sixteen bytes for each. It is immutable; the zero value is empty. Two
// of the same addresses in the same order are equal.
type Addrs struct {
	packed string // how, and then each address in as many bytes; "": none
}

// How addresses are packed: all of one family, or each with its family in front.
const (
	packed4     = '4'
	packed6     = '6'
	packedMixed = 'm'
)

// AddrsOf is the list of those addresses, which are valid and have no zone.
func AddrsOf(list ...netip.Addr) Addrs {
	var b AddrsBuilder
	b.Grow(len(list))
	for _, a := range list {
		b.Add(a)
	}
	return b.Addrs()
}

// Len is the number of addresses.
func (l Addrs) Len() int {
	n := len(l.packed)
	switch {
	case n == 0:
		return 0
	case l.packed[0] == packed4:
		return n / 4
	case l.packed[0] == packed6:
		return n / 16
	}
	return n / packedMost
}

// At is the address at the index.
func (l Addrs) At(i int) netip.Addr {
	var ip [16]byte
	switch l.packed[0] {
	case packed4:
		return from4(l.packed[1+4*i:])
	case packed6:
		copy(ip[:], l.packed[1+16*i:])
	default:
		one := l.packed[1+packedMost*i:]
		if one[0] == packed4 {
			return from4(one[13:]) // behind what an IPv4-mapped address begins with
		}
		copy(ip[:], one[1:])
	}
	return netip.AddrFrom16(ip)
}

// First is the first address of IPv4, or of IPv6, and whether there are more of the family; invalid: there is none.
func (l Addrs) First(is4 bool) (first netip.Addr, more bool) {
	n := l.Len()
	if n == 0 {
		return first, false
	}
	if how := l.packed[0]; how != packedMixed {
		if (how == packed4) == is4 {
			return l.At(0), n > 1
		}
		return first, false
	}
	found := -1
	for i := range n {
		if (l.packed[1+packedMost*i] == packed4) != is4 {
			continue
		}
		if found >= 0 {
			return l.At(found), true
		}
		found = i
	}
	return l.At(found), false // of a mixed list there is one of each
}

func from4(ip string) netip.Addr { return netip.AddrFrom4([4]byte{ip[0], ip[1], ip[2], ip[3]}) }

// All is the addresses, in order.
func (l Addrs) All() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for i := range l.Len() {
			if !yield(l.At(i)) {
				return
			}
		}
	}
}

// Has reports whether the address is in the list.
func (l Addrs) Has(a netip.Addr) bool { return l.Index(a, 0) >= 0 }

// Index is the first place of the address, from an index on; -1: it has none.
func (l Addrs) Index(a netip.Addr, from int) int {
	if l.packed == "" || !a.IsValid() {
		return -1
	}
	if l.packed[0] == packed4 {
		if !a.Is4() {
			return -1
		}
		ip := a.As4()
		return l.index4(binary.LittleEndian.Uint32(ip[:]), from)
	}
	var b [packedMost]byte
	want := pack(b[:0], l.packed[0], a)
	n := stride(l.packed[0])
	if len(want) != n {
		return -1 // of the other family
	}
	last := want[n-1] // where neighbours differ
	for end := 1 + (from+1)*n; end <= len(l.packed); end += n {
		if l.packed[end-1] == last && l.packed[end-n:end] == string(want) {
			return end/n - 1
		}
	}
	return -1
}

// index4 is Index where all addresses are of IPv4, and read from the right.
func (l Addrs) index4(want uint32, from int) int {
	left := l.packed[1+4*from:]
	for ; len(left) > 8; left = left[8:] {
		two := uint64(left[0]) | uint64(left[1])<<8 | uint64(left[2])<<16 | uint64(left[3])<<24 |
			uint64(left[4])<<32 | uint64(left[5])<<40 | uint64(left[6])<<48 | uint64(left[7])<<56
		if uint32(two) == want || uint32(two>>32) == want {
			break
		}
	}
	for ; len(left) >= 4; left = left[4:] {
		if uint32(left[0])|uint32(left[1])<<8|uint32(left[2])<<16|uint32(left[3])<<24 == want {
			return (len(l.packed) - len(left)) / 4
		}
	}
	return -1
}

// sameAt reports whether one address of the list is the same as one of the other list.
func (l Addrs) sameAt(i int, m Addrs, j int) bool {
	if l.packed[0] == m.packed[0] {
		return l.bytes(i) == m.bytes(j)
	}
	return l.At(i) == m.At(j)
}

// bytes is an address as it is packed.
func (l Addrs) bytes(i int) string {
	n := stride(l.packed[0])
	return l.packed[1+i*n : 1+(i+1)*n]
}

// AddrsBuilder makes a list. The zero value is ready; one goroutine at a time may use it, and makes one list.
type AddrsBuilder struct {
	packed strings.Builder
	how    byte // 0: there are none yet
	grow   int
}

// Grow makes room for as many addresses of the family of the first one.
func (b *AddrsBuilder) Grow(n int) { b.grow = n }

// Add appends an address, which is valid and has no zone.
func (b *AddrsBuilder) Add(a netip.Addr) {
	how := byte(packed6)
	if a.Is4() {
		how = packed4
	}
	switch {
	case b.how == 0:
		b.begin(how, b.grow)
	case b.how != how && b.how != packedMixed:
		list := b.Addrs()
		b.packed.Reset()
		b.begin(packedMixed, max(list.Len()+1, b.grow))
		for known := range list.All() {
			b.append(known)
		}
	}
	b.append(a)
}

// Addrs is the list of what was added.
func (b *AddrsBuilder) Addrs() Addrs { return Addrs{b.packed.String()} }

func (b *AddrsBuilder) begin(how byte, n int) {
	b.how = how
	b.packed.Grow(1 + n*stride(how))
	b.packed.WriteByte(how)
}

func (b *AddrsBuilder) append(a netip.Addr) {
	var text [packedMost]byte
	b.packed.Write(pack(text[:0], b.how, a))
}

// packedMost is the most bytes that an address is packed into.
const packedMost = 17

// stride is how many bytes an address is packed into.
func stride(how byte) int {
	switch how {
	case packed4:
		return 4
	case packed6:
		return 16
	}
	return packedMost
}

// pack appends the address as it is packed. One of the other family is none that is packed so.
func pack(dst []byte, how byte, a netip.Addr) []byte {
	switch {
	case how == packedMixed && a.Is4():
		dst = append(dst, packed4)
	case how == packedMixed:
		dst = append(dst, packed6)
	case a.Is4():
		ip := a.As4()
		return append(dst, ip[:]...)
	}
	ip := a.As16()
	return append(dst, ip[:]...)
}
