package answer

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// Shuffle puts the addresses that a well-formed message answers with into another order, which the seed decides, and the
// additional ones, if all are of one family. Aliases stay in front.
func Shuffle(m []byte, seed uint64) {
	d := dice(seed)
	_, at := measure(m, question)
	at += 4
	answers := count(m, 6)
	for ; answers > 0; answers-- {
		_, after := measure(m, at)
		if binary.BigEndian.Uint16(m[after:]) != dns.TypeCNAME {
			break
		}
		at = after + header + count(m, after+8)
	}
	shuffle(m[at:], answers, d)
	glue := count(m, 10)
	if glue < 2 {
		return
	}
	for range answers + count(m, 8) {
		_, at = measure(m, at)
		at += header + count(m, at+8)
	}
	if n := len(m) - optLength; n > at && m[n] == 0 && count(m, n+1) == int(dns.TypeOPT) {
		glue--
	}
	shuffle(m[at:], glue, d)
}

// shuffle shuffles the n records that m starts with, if all are addresses of one family whose owner is a pointer.
func shuffle(m []byte, n int, d dice) {
	if n < 2 {
		return
	}
	stride, typ := strideA, binary.BigEndian.Uint16(m[pointer:])
	switch {
	case typ == dns.TypeAAAA:
		stride = strideQ
	case typ != dns.TypeA:
		return
	}
	for i := range n {
		if r := m[min(i*stride, len(m)):]; len(r) < stride || r[0] < 0xc0 || binary.BigEndian.Uint16(r[pointer:]) != typ {
			return
		}
	}
	for i := n - 1; i > 0; i-- {
		j := d.below(i + 1)
		if stride == strideA {
			a, b := (*[strideA]byte)(m[i*strideA:]), (*[strideA]byte)(m[j*strideA:])
			*a, *b = *b, *a
			continue
		}
		a, b := (*[strideQ]byte)(m[i*strideQ:]), (*[strideQ]byte)(m[j*strideQ:])
		*a, *b = *b, *a
	}
}

// dice throw numbers that follow from their seed (SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom Number
// Generators, 2014).
type dice uint64

// below is a number from 0 to n-1, each as likely as others but for n of 2^32.
func (d *dice) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) >> 32 * uint64(n) >> 32)
}
