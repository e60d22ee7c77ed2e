package kube

import (
	"context"
	"math/rand/v2"
	"time"
)

// When a kind is audited.

const (
	soonest = 500 * time.Millisecond // after a watch was opened another way: it tells what has happened meanwhile
	spread  = 3 * time.Millisecond   // more, at most, for each object: 200 replicas together are told of 70,000 a second, however many there are
)

// hasten has the kind audited soon: its watch goes on another way, so that whoever is at its end may be of another history, with
// versions that are ahead of ours by now. Replicas that lost the same server are apart from each other.
func (f *follower) hasten() {
	if f.live.options.Audit <= 0 {
		return
	}
	select {
	case f.sooner <- soonest + rand.N(1+spread*time.Duration(f.store.held())):
	default: // it is going to be
	}
}

// audits audits the kind until the context ends, once in about the time that the options say, apart from other kinds and
// replicas, and when it is hastened.
func (f *follower) audits(ctx context.Context) {
	usual := f.live.options.Audit
	next, hurried := time.Now().Add(usual/2+rand.N(usual+1)), false // hurried: somebody hastened it, and it is not done
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-f.sooner:
			if soon := time.Now().Add(d); soon.Before(next) {
				next, hurried = soon, true
			}
			continue
		case <-time.After(time.Until(next)):
		}
		wait := usual
		switch {
		case f.position.at() == 0: // it is listed
			hurried = false
		case !f.live.Unreached().IsZero(): // nobody is to be asked
			if hurried {
				wait = 4 * soonest
			}
		case f.auditOnce(ctx):
			hurried = false
		case hurried:
			wait = usual / 10
		}
		next = time.Now().Add(wait/2 + rand.N(wait+1))
	}
}

// auditOnce tells of an audit, and reports whether it came to an end.
func (f *follower) auditOnce(ctx context.Context) bool {
	outcome, err := f.audit(ctx)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		f.live.trouble.failed("audit", f.watched, err)
	}
	f.live.options.audited(f.kind, outcome)
	return outcome != Failed
}
