package cluster

import (
	"bytes"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// table is a set of objects by namespace and name, as their own methods tell them: it takes some eleven bytes for each
// object. It grows and shrinks by one bucket at a time (linear hashing), so no step waits for all to move. The zero value
// is empty; it is owned.
type table[O named] struct {
	buckets []bucket[O] // as many as there were ever two for one
	len     int
}

// named is an object whose name is its own, and stays.
type named interface {
	comparable
	Ref() Ref
}

// bucket is some objects in any order, those that are marked in front.
type bucket[O named] struct {
	tags    []byte // of the objects: a byte of their hashes
	objects []O
	marked  int
}

const (
	bucketFill = 48 // objects that a bucket has on average
	bucketStep = 8  // how many more it has room for when it is full
)

var tableSeed = maphash.MakeSeed()

func tableHash(namespace, name string) uint64 {
	return maphash.Comparable(tableSeed, [2]string{namespace, name})
}

// get is the object of that name; the zero value if there is none.
func (t *table[O]) get(namespace, name string) (none O) {
	if b, i := t.find(namespace, name); i >= 0 {
		return b.objects[i]
	}
	return none
}

// put puts the object in, in the place of the one of its name.
func (t *table[O]) put(o O) {
	r := o.Ref()
	if b, i := t.find(r.Namespace, r.Name); i >= 0 {
		b.objects[i] = o
		return
	}
	if t.len >= len(t.buckets)*bucketFill {
		t.grow()
	}
	t.len++
	h := tableHash(r.Namespace, r.Name)
	t.buckets[t.place(h)].add(h, o, false)
}

// remove takes the object of that name out.
func (t *table[O]) remove(namespace, name string) {
	b, i := t.find(namespace, name)
	if i < 0 {
		return
	}
	b.remove(i)
	if t.len--; t.len <= (len(t.buckets)-1)*bucketFill/2 {
		t.shrink()
	}
}

// all is the objects, in any order. The table must not change meanwhile.
func (t *table[O]) all() iter.Seq[O] {
	return func(yield func(O) bool) {
		for i := range t.buckets {
			for _, o := range t.buckets[i].objects {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// reserve makes room for n objects in a table that is empty.
func (t *table[O]) reserve(n int) {
	if t.len > 0 || n == 0 {
		return
	}
	t.buckets = make([]bucket[O], (n+bucketFill-1)/bucketFill)
	low := int(upTo(len(t.buckets)))
	for i := range t.buckets {
		share := n / low
		if i >= low || i < len(t.buckets)-low { // of what there would be in one, half
			share /= 2
		}
		t.buckets[i].room(share)
	}
}

// mark marks the object of that name.
func (t *table[O]) mark(namespace, name string) {
	if b, i := t.find(namespace, name); i >= 0 && i >= b.marked {
		b.swap(i, b.marked)
		b.marked++
	}
}

// unmark takes all marks away.
func (t *table[O]) unmark() {
	for i := range t.buckets {
		t.buckets[i].marked = 0
	}
}

// unmarked is the objects that have no mark.
func (t *table[O]) unmarked() (rest []Ref) {
	for _, b := range t.buckets {
		for _, o := range b.objects[b.marked:] {
			rest = append(rest, o.Ref())
		}
	}
	return rest
}

// names calls f for the name of each object.
func (t *table[O]) names(f func(namespace, name string)) {
	for o := range t.all() {
		r := o.Ref()
		f(r.Namespace, r.Name)
	}
}

// find is where the object of that name is; -1 if there is none.
func (t *table[O]) find(namespace, name string) (*bucket[O], int) {
	if t.len == 0 {
		return nil, -1
	}
	h := tableHash(namespace, name)
	b := &t.buckets[t.place(h)]
	for i := 0; ; i++ {
		n := bytes.IndexByte(b.tags[i:], tag(h))
		if n < 0 {
			return b, -1
		}
		i += n
		if r := b.objects[i].Ref(); r.Name == name && r.Namespace == namespace {
			return b, i
		}
	}
}

// place is the bucket of a hash: that of its last bits, as many as there are buckets for.
func (t *table[O]) place(h uint64) int {
	n := len(t.buckets)
	if i := int(h & (upTo(n)*2 - 1)); i < n {
		return i
	}
	return int(h & (upTo(n) - 1))
}

// upTo is the greatest power of two that is at most n.
func upTo(n int) uint64 { return 1 << (bits.Len(uint(n)) - 1) }

// grow adds a bucket, and moves to it what belongs there now: all of it was in one other.
func (t *table[O]) grow() {
	n := len(t.buckets)
	t.buckets = append(t.buckets, bucket[O]{})
	if n == 0 {
		return
	}
	from := &t.buckets[n-int(upTo(n))]
	old := *from
	*from = bucket[O]{}
	from.room(len(old.objects) / 2)
	t.buckets[n].room(len(old.objects) / 2)
	t.move(old)
}

// shrink takes the last bucket away, and moves what was in it to where it belongs now.
func (t *table[O]) shrink() {
	n := len(t.buckets) - 1
	last := t.buckets[n]
	t.buckets[n] = bucket[O]{}
	t.buckets = t.buckets[:n]
	if cap(t.buckets) > 2*n {
		t.buckets = slices.Clip(slices.Clone(t.buckets))
	}
	if n > 0 {
		t.move(last)
	}
}

// move moves objects to where they belong.
func (t *table[O]) move(from bucket[O]) {
	for i, o := range from.objects {
		r := o.Ref()
		h := tableHash(r.Namespace, r.Name)
		t.buckets[t.place(h)].add(h, o, i < from.marked)
	}
}

// tag is the byte of a hash by which a bucket knows its objects; others tell buckets apart.
func tag(h uint64) byte { return byte(h >> 56) }

func (b *bucket[O]) add(h uint64, o O, marked bool) {
	if len(b.objects) == cap(b.objects) {
		b.room(len(b.objects) + bucketStep)
	}
	b.tags, b.objects = append(b.tags, tag(h)), append(b.objects, o)
	if marked {
		b.swap(len(b.objects)-1, b.marked)
		b.marked++
	}
}

func (b *bucket[O]) remove(i int) {
	if i < b.marked {
		b.marked--
		b.swap(i, b.marked)
		i = b.marked
	}
	last := len(b.objects) - 1
	b.swap(i, last)
	clear(b.objects[last:])
	b.tags, b.objects = b.tags[:last], b.objects[:last]
	if cap(b.objects)-last > 2*bucketStep {
		b.room(last)
	}
}

func (b *bucket[O]) swap(i, j int) {
	b.tags[i], b.tags[j] = b.tags[j], b.tags[i]
	b.objects[i], b.objects[j] = b.objects[j], b.objects[i]
}

// room makes room for n objects, no less than there are, and not many more.
func (b *bucket[O]) room(n int) {
	n = (n + bucketStep - 1) / bucketStep * bucketStep
	b.tags = append(make([]byte, 0, n), b.tags...)
	b.objects = append(make([]O, 0, n), b.objects...)
}
