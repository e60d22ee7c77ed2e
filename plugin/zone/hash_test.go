package zone

import (
	"bytes"
	"fmt"
	"math/bits"
	"testing"
)

// TestHash: names that differ in a byte, in length or in order alone have different hashes, in either half.
func TestHash(t *testing.T) {
	seen := [2]map[uint64]string{{}, {}}
	add := func(name []byte) {
		h := hash(name)
		if text := hash(string(name)); text != h {
			t.Fatalf("%q: got %x as a text, want %x", name, text, h)
		}
		for i, half := range []uint64{h.hi, h.lo} {
			if other, known := seen[i][half]; known {
				t.Fatalf("half %d of %q and %q: got %x twice", i, name, other, half)
			}
			seen[i][half] = string(name)
		}
	}
	for n := range 130 {
		name := make([]byte, n)
		add(name)
		for at := range name {
			for _, c := range []byte{1, 2, 'a', 0x80, 0xff} {
				name[at] = c
				add(name)
			}
			name[at] = 0
		}
	}
	for i := range 20_000 {
		add(appendWire(nil, fmt.Sprint("team-", i%200), fmt.Sprint("service-", i)))
	}
	for n := 2; n < 70; n++ {
		name := bytes.Repeat([]byte{'x'}, n)
		name[0] = 'y'
		add(name)
		name[0], name[n-1] = 'x', 'y'
		add(name)
	}
}

// TestHashBits: a bit of a name changes about half of the bits of either half.
func TestHashBits(t *testing.T) {
	for _, n := range []int{1, 3, 4, 7, 8, 15, 16, 17, 33, 128} {
		for half := range 2 {
			changed, tries := 0, 0
			for i := range 500 {
				name := bytes.Repeat([]byte{byte('a' + i%20)}, n)
				name[i%n] ^= byte(i / 20)
				before := hash(name)
				name[i*7%n] ^= 1 << (i % 8)
				after := hash(name)
				changed += bits.OnesCount64([2]uint64{before.hi ^ after.hi, before.lo ^ after.lo}[half])
				tries += 64
			}
			if share := float64(changed) / float64(tries); share < 0.4 || share > 0.6 {
				t.Errorf("half %d of names of %d bytes: got %.2f of the bits changed, want half", half, n, share)
			}
		}
	}
}

// TestRankHash: among keys that begin alike, too, the rank of a hash is that of any other key.
func TestRankHash(t *testing.T) {
	var all []key
	for hi := range uint64(4) {
		for lo := range 3*hi + 1 {
			all = append(all, key{hi << 62, 2 * lo})
		}
	}
	for n := range len(all) + 1 {
		for hi := range uint64(4) {
			for lo := range uint64(22) {
				k := key{hi << 62, lo}
				if got, want := k.rankHash(all[:n]), k.rank(all[:n]); got != want {
					t.Fatalf("%x among %d: got %d, want %d", k, n, got, want)
				}
			}
		}
	}
}
