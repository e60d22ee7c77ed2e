package answer

import "encoding/binary"

// isLower reports whether the bytes have no ASCII letter in upper case. It may say no of what does not.
func isLower(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	upper := perhaps(binary.LittleEndian.Uint64(b[len(b)-8:]))
	for ; len(b) > 16; b = b[16:] {
		upper |= perhaps(binary.LittleEndian.Uint64(b)) | perhaps(binary.LittleEndian.Uint64(b[8:]))
	}
	if len(b) > 8 {
		upper |= perhaps(binary.LittleEndian.Uint64(b))
	}
	return upper&each40 == 0
}

// each40 is the second highest bit of each of eight bytes.
const each40 = 0x4040404040404040

// perhaps tells, in the second highest bits, which of eight bytes may be letters in upper case: what is behind them is
// between 0x40 and 0x5f, as it is of little else, and of nothing in most names. The other bits tell nothing.
func perhaps(w uint64) uint64 {
	next := w + each01
	return next &^ (next << 1)
}

// fold makes the lower case of the name (RFC 4343: ASCII only), a word at a time. A length is at most 63, below 'A'.
func (q *Query) fold() {
	q.lower = q.folded[:q.length]
	name, lower := q.name, q.folded[:]
	for ; len(name) >= 8; name, lower = name[8:], lower[8:] {
		binary.LittleEndian.PutUint64(lower, lowered(binary.LittleEndian.Uint64(name)))
	}
	var last [8]byte
	copy(last[:], name)
	binary.LittleEndian.PutUint64(lower, lowered(binary.LittleEndian.Uint64(last[:])))
}

// lowered is eight bytes in lower case.
func lowered(w uint64) uint64 { return w | uppers(w)&each80>>2 }

// The lowest and the highest bit of each of eight bytes.
const (
	each01 = 0x0101010101010101
	each80 = 0x8080808080808080
)

// uppers tells, in the high bits, which of eight bytes are letters in upper case; the other bits tell nothing.
func uppers(w uint64) uint64 {
	seven := w & (each01 * 0x7f)
	least := seven + each01*(0x80-'A') // the high bit: at least 'A'
	above := seven + each01*(0x7f-'Z') // the high bit: above 'Z'
	return least &^ above &^ w
}
