package kube

import (
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
)

// The waits between attempts at a server that is reached and does not do what it is asked: short at first, then longer, and apart from
// those of other replicas; but with jitter never over 10 s, so that a permission that is given counts soon.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
	waitJitter  = 1.0

	// A watch that lasted so long is no failure of the server that gave it: the next list is not made to wait for those before. So who
	// ends watches sooner is asked for a list ever more rarely, and nobody is asked for one more often than in this time.
	lasting = 2 * time.Second
)

// waits begins with the first.
func waits() wait.Backoff {
	return wait.Backoff{Duration: firstWait, Cap: longestWait, Factor: 2, Jitter: waitJitter, Steps: 32} // more than it takes to reach the cap
}

// pace is the waits of one kind between an attempt to list and watch it and the next. Whoever made it uses it alone.
type pace struct{ backoff wait.Backoff }

func newPace() *pace { return &pace{waits()} }

// next is the wait after an attempt that ended with the error, or with the end of its watch; listed is when it had a whole list, zero
// if it had none. How long the server was out of reach since is part of how long the watch lasted: a server that comes back has
// often forgotten what was before it, as a new one has, and says so at once.
func (p *pace) next(listed time.Time, err error) time.Duration {
	if !listed.IsZero() && time.Since(listed) >= lasting {
		p.backoff = waits()
	}
	next := p.backoff.Step()
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		next = max(next, time.Duration(seconds)*time.Second)
	}
	return next
}
