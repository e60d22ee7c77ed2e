package zone

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// key4 is an IPv4 address.
type key4 uint32

// key is an IPv6 address, or a hash of 128 bits; or the start of an address of either family, from the highest bits down
// and with zeros behind it.
type key struct{ hi, lo uint64 }

// widths of addresses in nibbles
const (
	width4 = 8
	width6 = 32
)

// addressKey is the address as the start that is all of it.
func addressKey(a netip.Addr) (key, uint8) {
	if a.Is4() {
		return key{hi: uint64(newKey4(a)) << 32}, width4
	}
	return newKey6(a), width6
}

func newKey4(a netip.Addr) key4 {
	ip := a.As4()
	return key4(binary.BigEndian.Uint32(ip[:]))
}

func newKey6(a netip.Addr) key {
	ip := a.As16()
	return key{binary.BigEndian.Uint64(ip[:8]), binary.BigEndian.Uint64(ip[8:])}
}

func (k key4) address() netip.Addr {
	var ip [4]byte
	binary.BigEndian.PutUint32(ip[:], uint32(k))
	return netip.AddrFrom4(ip)
}

func (k key) address() netip.Addr {
	var ip [16]byte
	binary.BigEndian.PutUint64(ip[:8], k.hi)
	binary.BigEndian.PutUint64(ip[8:], k.lo)
	return netip.AddrFrom16(ip)
}

// prefix is the first n nibbles.
func (k key) prefix(n uint8) key {
	switch {
	case n == 0:
		return key{}
	case n <= 16:
		return key{hi: k.hi &^ (1<<(64-4*n) - 1)}
	default:
		return key{k.hi, k.lo &^ (1<<(128-4*n) - 1)}
	}
}

func (k key4) rank(of []key4) int { return int(rank(k, of)) }

func (k key) rank(of []key) int {
	at, n := uint(0), uint(len(of))
	for n > 0 {
		half := (n + 1) / 2
		o := &of[at+half-1]
		_, above := bits.Sub64(k.lo, o.lo, 0)
		_, above = bits.Sub64(k.hi, o.hi, above)
		at += half &^ -uint(above)
		n -= half
	}
	return int(at)
}

// rankHash is rank for hashes, of which hardly two begin alike.
func (k key) rankHash(of []key) int {
	at, n := uint(0), uint(len(of))
	for n > 0 {
		half := (n + 1) / 2
		_, below := bits.Sub64(of[at+half-1].hi, k.hi, 0)
		at += half & -uint(below)
		n -= half
	}
	for at < uint(len(of)) && of[at].hi == k.hi && of[at].lo <= k.lo {
		at++
	}
	return int(at)
}

// rank is how many, of those in order, are not above k. It takes the same steps wherever that is, for a processor that has to
// guess the next step is wrong every other time.
func rank[K key4 | handle](k K, of []K) uint {
	at, n := uint(0), uint(len(of))
	for n > 0 {
		half := (n + 1) / 2
		_, above := bits.Sub64(uint64(k), uint64(of[at+half-1]), 0)
		at += half &^ -uint(above)
		n -= half
	}
	return at
}
