package kube

import (
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Pulse is when an API server was last heard of a kind; zero: never.
type Pulse struct {
	Kind  cluster.Kind
	Event time.Time // an object came, changed or went while it was watched
	Alive time.Time // that, a list, a watch that was opened, or a bookmark
}

// pulse is when one kind was heard of, in nanoseconds of Unix time. The zero value is ready; any goroutine may use it.
type pulse struct{ event, alive atomic.Int64 }

// lives tells that the server lives.
func (p *pulse) lives() { p.alive.Store(time.Now().UnixNano()) }

// beats tells of an event.
func (p *pulse) beats() {
	now := time.Now().UnixNano()
	p.event.Store(now)
	p.alive.Store(now)
}

// Pulses is when each kind that is watched was last heard of. Any goroutine may ask.
func (l *Live) Pulses() []Pulse {
	all := make([]Pulse, len(l.followers))
	for i, f := range l.followers {
		all[i] = Pulse{Kind: f.kind, Event: moment(f.pulse.event.Load()), Alive: moment(f.pulse.alive.Load())}
	}
	return all
}

func moment(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
