package hand

import (
	"context"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// pace lets so many pass in a second.
type pace struct {
	mu   sync.Mutex
	gap  time.Duration
	next time.Time
}

func (p *pace) set(rate int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gap = time.Second / time.Duration(rate)
}

// wait returns when the next may go, and false when ctx ends before.
func (p *pace) wait(ctx context.Context) bool {
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	at := p.next
	p.next = p.next.Add(p.gap)
	p.mu.Unlock()
	select {
	case <-time.After(time.Until(at)):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Memory is what the hand knew at a moment at which it was paused.
type Memory struct {
	at       time.Time
	services [workers][]*Service
}

// Remember is for Rewind. The hand has to be paused.
func (h *Hand) Remember() Memory {
	m := Memory{at: time.Now()}
	for worker, list := range h.services {
		for _, s := range list {
			copied := *s
			m.services[worker] = append(m.services[worker], &copied)
		}
	}
	return m
}

// Rewind says that the API's storage is again as it was then; the write that it returns is to be acknowledged when the API
// serves that. The hand has to be paused.
func (h *Hand) Rewind(m Memory) *record.Write {
	h.services = m.services
	return h.record.Rewind(m.at)
}
