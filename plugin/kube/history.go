package kube

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// position is how far the stream of one kind has come: the greatest version of the cluster that an event, a bookmark or a
// list told; 0: nowhere. Streams of other kinds are at others, but an API server numbers what happens in one row, so none
// ever goes back, unless the storage was restored from a backup. The zero value is ready; any goroutine may ask, one moves it.
type position struct{ version atomic.Uint64 }

// at is the version.
func (p *position) at() uint64 { return p.version.Load() }

// leave goes back to the beginning.
func (p *position) leave() { p.version.Store(0) }

// reach moves on to the version, and reports whether it is one that was passed before; 0 is nobody's version. Where it
// went back it stays there.
func (p *position) reach(version uint64) (was uint64, back bool) {
	if version == 0 {
		return 0, false
	}
	was = p.version.Swap(version)
	return was, version < was
}

// past moves on to the version if it is ahead.
func (p *position) past(version uint64) {
	if version > p.version.Load() {
		p.version.Store(version)
	}
}

// history is which history of the cluster is told: the number of times that it was seen to be another one. Any goroutine
// may use it.
type history struct {
	mu     sync.Mutex
	number uint64
}

// now is the number of the history.
func (h *history) now() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.number
}

// ends ends the history of the number, and reports whether that was the one that is told.
func (h *history) ends(number uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.number != number {
		return false
	}
	h.number++
	return true
}

// wentBack lists all kinds anew: what one of them was told is older than what it was told before. The verb is of who found it.
func (f *follower) wentBack(verb string, was, now uint64) {
	l := f.live
	if !l.history.ends(f.history.Load()) {
		return // the kinds are on their way already
	}
	l.options.incident(f.kind, Backwards)
	l.trouble.say(fmt.Sprintf("%s %s: the version went back from %d to %d, as if the cluster was restored from a backup: listing everything again",
		verb, f.kind, was, now))
	for _, other := range l.followers {
		other.relist()
	}
}
