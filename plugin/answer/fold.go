package answer

import "encoding/binary"

// isLower reports whether the bytes have no ASCII letter in upper case. It may say no of what does not.
func isLower(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	upper := uppers(binary.LittleEndian.Uint64(b[len(b)-8:]))
	for ; len(b) > 16; b = b[16:] {
		upper |= uppers(binary.LittleEndian.Uint64(b)) | uppers(binary.LittleEndian.Uint64(b[8:]))
	}
	if len(b) > 8 {
		upper |= uppers(binary.LittleEndian.Uint64(b))
	}
	return upper&each80 == 0
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

// each80 is the high bit of each of eight bytes.
const each80 = 0x8080808080808080

// uppers tells, in the high bits, which of eight bytes are letters in upper case; the other bits tell nothing.
func uppers(w uint64) uint64 {
	const each = 0x0101010101010101
	seven := w & (each * 0x7f)
	least := seven + each*(0x80-'A') // the high bit: at least 'A'
	above := seven + each*(0x7f-'Z') // the high bit: above 'Z'
	return least &^ above &^ w
}
