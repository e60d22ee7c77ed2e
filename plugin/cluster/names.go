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
	text, ends, w, last := n.text, n.ends, n.width(), lastBytes(name) // where names of a row differ
	start := n.start(from)
	for i := from*w + w - 1; i < len(ends); i += w {
		var end int
		if w == 2 {
			end = int(ends[i-1]) | int(ends[i])<<8
		} else {
			end = int(ends[i-3]) | int(ends[i-2])<<8 | int(ends[i-1])<<16 | int(ends[i])<<24
		}
		if end-start == len(name) && lastBytes(text[start:end]) == last && text[start:end] == string(name) {
			return i / w
		}
		start = end
	}
	return -1
}

// lastBytes is the last bytes of a name, up to four.
func lastBytes[T []byte | string](name T) uint32 {
	if n := len(name) - 4; n >= 0 {
		return uint32(name[n]) | uint32(name[n+1])<<8 | uint32(name[n+2])<<16 | uint32(name[n+3])<<24
	}
	return uint32(name[len(name)-1])
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
