package kube

import "hash/maphash"

// versions is which version of each object of a kind is held, of those too that DNS does not see: 12 bytes an object, and
// room for a fifth more at least. Objects are known by a hash of their names, of which there are so many that two of a
// cluster hardly have the same. A nil versions holds nothing and takes nothing. It is owned by a store, under its lock.
type versions struct {
	seed  maphash.Seed
	slots []heldVersion // open addressing: an object is at its place or in the slots that follow, without a gap
	len   int
}

// heldVersion is the version of one object. Its hash is 0 where there is none.
type heldVersion struct {
	high, low uint32 // the hash
	version   uint32 // its last 31 bits, and whether an audit has seen it
}

func (v *heldVersion) hash() uint64 { return uint64(v.high)<<32 | uint64(v.low) }

// newVersions has room for so many objects.
func newVersions(n int) *versions {
	v := &versions{seed: maphash.MakeSeed()}
	v.resize(n)
	return v
}

// emptied is versions of no object, with room for so many; nil of nil.
func (v *versions) emptied(n int) *versions {
	if v == nil {
		return nil
	}
	empty := &versions{seed: v.seed}
	empty.resize(n)
	return empty
}

// hash is what an object is known by, never 0.
func (v *versions) hash(namespace, name string) uint64 {
	var h maphash.Hash
	h.SetSeed(v.seed)
	h.WriteString(namespace)
	h.WriteByte('/')
	h.WriteString(name)
	return max(h.Sum64(), 1)
}

// short is as much of a version as is held.
func short(version uint64) uint32 { return uint32(version) << 1 >> 1 }

// long is the version of which that is held; it is not after the other.
func long(held uint32, after uint64) uint64 { return after - uint64((short(after)-held)<<1>>1) }

// newer reports whether short version a is ahead of b, or the same.
func newer(a, b uint32) bool { return (a-b)<<1>>1 < 1<<30 }

// put notes the version of an object, as seen.
func (v *versions) put(hash, version uint64) {
	if v == nil {
		return
	}
	i, ok := v.find(hash)
	if !ok {
		if v.len+1 > len(v.slots)*5/6 {
			v.resize(v.len + v.len/16 + 8)
			i, _ = v.find(hash)
		}
		v.len++
	}
	v.slots[i] = heldVersion{uint32(hash >> 32), uint32(hash), short(version)<<1 | 1}
}

// get is the version of an object, and whether there is one.
func (v *versions) get(hash uint64) (version uint32, ok bool) {
	i, ok := v.find(hash)
	return v.slots[i].version >> 1, ok
}

// unmark notes that no object was seen.
func (v *versions) unmark() {
	for i := range v.slots {
		v.slots[i].version &^= 1
	}
}

// mark notes that the object was seen.
func (v *versions) mark(hash uint64) {
	if i, ok := v.find(hash); ok {
		v.slots[i].version |= 1
	}
}

// marked reports whether the object was seen.
func (v *versions) marked(hash uint64) bool {
	i, ok := v.find(hash)
	return ok && v.slots[i].version&1 == 1
}

// unmarked calls f for the objects that were not seen.
func (v *versions) unmarked(f func(hash uint64)) {
	for i := range v.slots {
		if s := &v.slots[i]; s.hash() != 0 && s.version&1 == 0 {
			f(s.hash())
		}
	}
}

// drop forgets an object. What follows its slot without a gap moves up, so that it is still found.
func (v *versions) drop(hash uint64) {
	if v == nil {
		return
	}
	gap, ok := v.find(hash)
	if !ok {
		return
	}
	v.len--
	n := len(v.slots)
	for i := gap; ; {
		i = (i + 1) % n
		h := v.slots[i].hash()
		if h == 0 {
			break
		}
		if (i-v.place(h)+n)%n >= (i-gap+n)%n { // the gap is not before its place
			v.slots[gap], gap = v.slots[i], i
		}
	}
	v.slots[gap] = heldVersion{}
	if v.len < n/2 && n > 64 {
		v.resize(v.len)
	}
}

// place is where the object of the hash is if nothing is in the way.
func (v *versions) place(hash uint64) int { return int(hash >> 32 * uint64(len(v.slots)) >> 32) }

// find is the slot of an object, or the one where it would be.
func (v *versions) find(hash uint64) (int, bool) {
	for i := v.place(hash); ; i = (i + 1) % len(v.slots) {
		if h := v.slots[i].hash(); h == hash || h == 0 {
			return i, h != 0
		}
	}
}

// resize makes room for so many objects, and a fifth more.
func (v *versions) resize(n int) {
	old := v.slots
	v.slots = make([]heldVersion, n*5/4+8)
	for _, s := range old {
		if h := s.hash(); h != 0 {
			i, _ := v.find(h)
			v.slots[i] = s
		}
	}
}
