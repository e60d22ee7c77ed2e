package kube

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/watch"
)

// tryAgain asks until the server is reached, or the context ends. What never came to it is no load for it, so it is asked
// again within a second for as long as it takes, apart from other replicas: who has no picture yet waits for nothing else. What
// a server says that is reached, be it no, is for who called.
func tryAgain[T any](ctx context.Context, f *follower, verb string, ask func() (T, error)) (T, error) {
	for {
		answer, err := ask()
		if err == nil || ctx.Err() != nil || !unreached(err) {
			return answer, err
		}
		f.live.trouble.failed(verb, f.watched, err)
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-time.After(300*time.Millisecond + rand.N(600*time.Millisecond)):
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
