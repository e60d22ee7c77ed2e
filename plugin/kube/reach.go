package kube

import (
	"sync/atomic"
	"time"
)

// reach is when an API server was heard of last, and when a request to it failed, in nanoseconds of Unix time; 0: never.
// Any goroutine may use it.
type reach struct{ alive, broken atomic.Int64 }

// heard tells that the server has answered.
func (r *reach) heard() { r.alive.Store(time.Now().UnixNano()) }

// failed tells that it has not.
func (r *reach) failed() { r.broken.Store(time.Now().UnixNano()) }

// heard is told that the server has answered.
func (l *Live) heard() {
	l.reach.heard()
	l.scouts.heard()
}

// Unreached is since when the API server has been out of reach: when it was last heard of, of any kind, if it failed us
// after that. Zero: it is in reach, or was not asked yet. Any goroutine may ask.
func (l *Live) Unreached() time.Time {
	alive, broken := l.reach.alive.Load(), l.reach.broken.Load()
	for _, f := range l.followers {
		alive = max(alive, f.pulse.alive.Load())
	}
	switch {
	case broken <= alive:
		return time.Time{}
	case alive == 0:
		return time.Unix(0, l.began.Load())
	}
	return time.Unix(0, alive)
}

// Stale reports whether the API server has been out of reach for longer than the options accept, and since when. Any goroutine
// may ask.
func (l *Live) Stale() (since time.Time, stale bool) {
	since = l.Unreached()
	limit := l.options.StaleAfter
	return since, limit > 0 && !since.IsZero() && time.Since(since) > limit
}
