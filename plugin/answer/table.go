package answer

// table numbers things that are told apart, from 0 on, by their hashes (open addressing). The zero value is empty. It
// belongs to one goroutine.
type table struct {
	slots []slot
	used  int
}

// slot is a thing: its number plus one, and its hash. The zero value is free.
type slot struct{ number, hash uint32 }

// newTable is a table with room for n things.
func newTable(n int) table {
	size := 16
	for size < n+n/2 {
		size *= 2
	}
	return table{slots: make([]slot, size)}
}

// number is the number of a thing; is tells whether the thing with a number is the same. What is new gets the next number.
func (t *table) number(hash uint64, is func(int) bool) (n int, known bool) {
	if 4*t.used >= 3*len(t.slots) {
		t.grow()
	}
	h, last := uint32(hash), uint32(len(t.slots)-1)
	at := h & last
	for ; t.slots[at].number != 0; at = (at + 1) & last {
		if s := t.slots[at]; s.hash == h && is(int(s.number-1)) {
			return int(s.number - 1), true
		}
	}
	n = t.used
	t.used++
	t.slots[at] = slot{uint32(t.used), h}
	return n, false
}

// grow makes room for twice as many.
func (t *table) grow() {
	more := newTable(len(t.slots))
	last := uint32(len(more.slots) - 1)
	for _, s := range t.slots {
		if s.number == 0 {
			continue
		}
		at := s.hash & last
		for more.slots[at].number != 0 {
			at = (at + 1) & last
		}
		more.slots[at] = s
	}
	t.slots = more.slots
}
