package kube

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/watch"
)

// soon is the wait between two tries at a server that is not there: what never comes to it is no load for it. Replicas are apart by jitter.
func soon() time.Duration { return 200*time.Millisecond + rand.N(400*time.Millisecond) }

// uncalled is how long a kind waits to be called that does not ask by itself: who asks may have a way of its own, which is stuck.
func uncalled() time.Duration { return 5*time.Second + rand.N(5*time.Second) }

// scouts are the kinds that do not reach the server. One of them asks, again and again; the others are called when the server is heard
// of, so that they come back together, and a source asks as often as one kind would. The zero value is ready; any goroutine may use it.
type scouts struct {
	mu   sync.Mutex
	out  bool          // one asks
	call chan struct{} // closed when the server is heard of, or when nobody asks; nil: nobody waits
}

// ask reports whether the caller is the one who asks, until it is done; who is not waits for the call.
func (s *scouts) ask() (out bool, call <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.out {
		s.out = true
		return true, nil
	}
	if s.call == nil {
		s.call = make(chan struct{})
	}
	return false, s.call
}

// done tells that the one who asked does so no more.
func (s *scouts) done() {
	s.mu.Lock()
	s.out = false
	s.mu.Unlock()
	s.heard()
}

// heard tells that there is a server.
func (s *scouts) heard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call != nil {
		close(s.call)
		s.call = nil
	}
}

// tryAgain asks until the server is reached, or the context ends, for as long as it takes: who has no picture yet waits for nothing
// else. What a server says that is reached, be it no, is for who called.
func tryAgain[T any](ctx context.Context, f *follower, verb string, ask func() (T, error)) (T, error) {
	scouts, out := &f.live.scouts, false
	defer func() {
		if out {
			scouts.done()
		}
	}()
	for {
		answer, err := ask()
		if err == nil || ctx.Err() != nil || !unreached(err) {
			return answer, err
		}
		f.live.trouble.failed(verb, f.watched, err)
		next := time.After(soon())
		if !out {
			var call <-chan struct{}
			if out, call = scouts.ask(); !out {
				select {
				case <-ctx.Done():
				case <-call:
				case <-time.After(uncalled()):
				}
			}
		}
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-next: // nobody asks more often, whoever calls
		}
	}
}

// errUnanswered is what becomes of a watch of which client-go says that it is open, and over already.
var errUnanswered = errors.New("no answer from the API server")

// answered is the watch, unless it is none: client-go has an empty one for a server that ends the talk before it says
// anything, or says nothing in time, as where a load balancer has nobody behind it.
func answered(w watch.Interface, err error) (watch.Interface, error) {
	if _, open := w.(*watch.StreamWatcher); err == nil && !open {
		return nil, errUnanswered
	}
	return w, err
}

// unreached reports whether the error is that there is nobody to talk to, or who ends the talk before saying anything.
func unreached(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	return ok && dial.Op == "dial" || errors.Is(err, errUnanswered) || utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err)
}
