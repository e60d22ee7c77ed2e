package cluster

import (
	"encoding/binary"
	"math"
	"strings"
)

// names is the names of endpoints, one behind the other. Immutable.
type names struct {
	text string
	ends string // where each of them ends: two bytes if that suffices for the text, else four
}

func newNames(text []byte, ends []int) *names {
	n := &names{text: string(text)}
	var b strings.Builder
	b.Grow(len(ends) * n.width())
	for _, end := range ends {
		var le [4]byte
		binary.LittleEndian.PutUint32(le[:], uint32(end))
		b.Write(le[:n.width()])
	}
	n.ends = b.String()
	return n
}

func (n *names) at(i int) string { return n.text[n.start(i):n.end(i)] }

// index is the first place of the name, from an index on; -1: it is none of them. Endpoints are looked for by it.
func (n *names) index(name []byte, from int) int {
	if len(name) == 0 {
		return -1
	}
	if n.width() == 4 {
		return n.indexLong(name, from)
	}
	text, ends, start := n.text, n.ends[2*from:], n.start(from)
	for len(ends) >= 2 {
		end := int(ends[0]) | int(ends[1])<<8
		if end-start == len(name) && endIn(text[:end], name) {
			return (len(n.ends) - len(ends)) / 2
		}
		if len(ends) == 2 {
			break
		}
		ends, start = ends[2:], end
	}
	return -1
}

// endIn reports whether the text ends in the name. Names of a row differ in their last bytes.
func endIn(text string, name []byte) bool {
	at := len(text)
	for i := len(name) - 1; i >= 0; i-- {
		if at--; at < 0 || text[at] != name[i] {
			return false
		}
	}
	return true
}

// indexLong is index where the text is long.
func (n *names) indexLong(name []byte, from int) int {
	for i := from; 4*i < len(n.ends); i++ {
		if n.at(i) == string(name) {
			return i
		}
	}
	return -1
}

func (n *names) start(i int) int {
	if i == 0 {
		return 0
	}
	return n.end(i - 1)
}

func (n *names) end(i int) int {
	w := n.width()
	at := n.ends[i*w : (i+1)*w]
	end := int(at[0]) | int(at[1])<<8
	if w > 2 {
		end |= int(at[2])<<16 | int(at[3])<<24
	}
	return end
}

func (n *names) width() int {
	if len(n.text) <= math.MaxUint16 {
		return 2
	}
	return 4
}
