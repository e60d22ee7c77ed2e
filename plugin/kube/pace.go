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

	// A watch that lasted so long was good, and the next list does not wait for what failed before. A server that ends its watches
	// sooner is asked for a list ever more rarely.
	lasting = 2 * time.Second
)

// waits begins with the first.
func waits() wait.Backoff {
	return wait.Backoff{Duration: firstWait, Cap: longestWait, Factor: 2, Jitter: waitJitter, Steps: 32} // more than it takes to reach the cap
}

// pace is the waits of one kind between an attempt to list and watch it and the next. Whoever made it uses it alone.
type pace struct{ backoff wait.Backoff }

func newPace() *pace { return &pace{waits()} }

// next is the wait after an attempt that ended with the error; nil: with the end of its watch. Listed is when it had a whole list; zero:
// it had none. The watch lasted until it could not go on: while the server is away, too, which forgets what was before when it is
// started.
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
