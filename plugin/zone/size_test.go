package zone

import (
	"runtime"
	"testing"
)

// TestSize weighs what a zone keeps beside the objects of the cluster, and what it makes meanwhile. The race detector makes
// more.
func TestSize(t *testing.T) {
	for _, c := range []struct {
		what       string
		crowd      crowd
		each       int // what is counted
		kept, made float64
	}{
		{"Service", crowd{services: 10_000, slices: 1, endpoints: 0, addr: addr4}, 10_000, 170, 260},
		{"endpoint of 10", crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr4}, 100_000, 35, 75},
		{"endpoint of 10, IPv6", crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr6}, 100_000, 47, 110},
		{"endpoint of 100", crowd{services: 1000, slices: 1, endpoints: 100, addr: addr4}, 100_000, 19, 58},
		{"endpoint of 5,000", crowd{services: 20, slices: 50, endpoints: 5000, addr: addr4}, 100_000, 42, 165},
		{"endpoint of two Services", crowd{services: 10_000, slices: 1, endpoints: 10, addr: addr4, twins: true}, 100_000, 56, 145},
	} {
		t.Run(c.what, func(t *testing.T) {
			z, s := c.crowd.zone(t)
			before, made := heap()
			z.Rebuild(s)
			after, all := heap()
			runtime.KeepAlive(s)
			runtime.KeepAlive(z)
			kept, madeEach := float64(after-before)/float64(c.each), float64(all-made)/float64(c.each)
			t.Logf("%.1f bytes kept for each, %.1f made", kept, madeEach)
			if kept > c.kept || madeEach > c.made && !raced {
				t.Errorf("got %.1f bytes kept for each and %.1f made, want at most %.0f and %.0f", kept, madeEach, c.kept, c.made)
			}
		})
	}
}

// heap is how many bytes are in use after collection, and how many were made so far.
func heap() (used, made uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.TotalAlloc
}
