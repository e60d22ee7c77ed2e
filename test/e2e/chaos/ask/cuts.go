package ask

import (
	"cmp"
	"sync"
	"time"
)

// cuts are the times in which the server could not hear the API. The zero value is none.
type cuts struct {
	mu    sync.Mutex
	bound time.Duration // zero: Bound
	list  []cut
}

type cut struct{ from, to time.Time } // to is zero until it ends

func (c *cuts) allow(bound time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound = bound
}

func (c *cuts) begin(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.list); n > 0 && c.list[n-1].to.IsZero() {
		return
	}
	c.list = append(c.list, cut{from: now})
}

func (c *cuts) end(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.list); n > 0 && c.list[n-1].to.IsZero() {
		c.list[n-1].to = now
	}
}

// due is when a change has to be known that was acknowledged then: the bound later, or the bound after a cut that came
// between.
func (c *cuts) due(acked time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	bound := cmp.Or(c.bound, Bound)
	due := acked.Add(bound)
	for _, cut := range c.list {
		switch {
		case cut.from.After(due):
		case cut.to.IsZero():
			return time.Now().Add(time.Hour)
		case cut.to.After(acked):
			due = later(due, cut.to.Add(bound))
		}
	}
	return due
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
