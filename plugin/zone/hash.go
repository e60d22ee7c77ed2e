package zone

import (
	"math/bits"
	"math/rand/v2"
)

// Tables of names are kept by hashes. They are of 128 bits, made with numbers that nobody else knows, so two names with the
// same hash are not to be met.
var secrets = [...]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}

// hash is the hash of a name, or of a part of one.
func hash[T []byte | string](b T) key {
	n := uint64(len(b))
	hi, lo := secrets[0]*(2*n+1), secrets[1]*(2*n+1)
	for ; len(b) > 16; b = b[16:] {
		x, y := word(b), word(b[8:])
		hi, lo = fold(hi^x, secrets[2]^y), fold(lo^y, secrets[3]^x)
	}
	var x, y uint64 // the first and the last bytes, all of them
	switch left := len(b); {
	case left >= 8:
		x, y = word(b), word(b[left-8:])
	case left >= 4:
		x, y = half(b), half(b[left-4:])
	case left > 0:
		x = uint64(b[0])<<16 | uint64(b[left/2])<<8 | uint64(b[left-1])
	}
	return key{fold(hi^x, secrets[2]^y), fold(lo^y, secrets[3]^x)}
}

// fold multiplies, and leaves no bit of the product out.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func word[T []byte | string](b T) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func half[T []byte | string](b T) uint64 {
	_ = b[3]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}
