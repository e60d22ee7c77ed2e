package measure

import (
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/bench/cluster"
)

// changes is endpoints that get other addresses, so many a second, while the gate is open. nil changes nothing.
type changes struct {
	gate sync.Mutex // held while it is closed
	done chan struct{}
	idle sync.WaitGroup
}

// newChanges has a goroutine until it is stopped. The gate is closed.
func newChanges(c *cluster.Cluster, rate int) *changes {
	m := &changes{done: make(chan struct{})}
	m.gate.Lock()
	m.idle.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for {
			select {
			case <-m.done:
				return
			case <-tick.C:
			}
			m.gate.Lock()
			c.Change()
			<-tick.C
			c.Change() // what went is back before the gate closes
			m.gate.Unlock()
		}
	})
	return m
}

func (m *changes) open() {
	if m != nil {
		m.gate.Unlock()
	}
}

func (m *changes) close() {
	if m != nil {
		m.gate.Lock()
	}
}

// stop ends the goroutine.
func (m *changes) stop() {
	close(m.done)
	m.gate.Unlock()
	m.idle.Wait()
}
