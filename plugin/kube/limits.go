package kube

import (
	"context"
	"net/http"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
)

// Limits bound what an API server is asked, by all kinds of a source together. In the zero value each has its default.
type Limits struct {
	QPS         float32 // requests a second; 0: 15
	Burst       int     // requests at once after a pause; 0: 30
	MaxInflight int     // requests that are not answered yet; 0: any number
}

// The default rate is what client-go lets the clients of three groups of the API send. The burst is more than what a source
// of all kinds begins with, on a server that streams no lists.
const (
	defaultQPS   = 3 * rest.DefaultQPS
	defaultBurst = 3 * rest.DefaultBurst
)

// limit makes the requests of the configuration's clients wait for one rate. That of client-go, which is turned off, is
// for each group of the API, and lets watches pass, though a watch may begin with a list.
func (l Limits) limit(config *rest.Config, waited func(method, host string, wait time.Duration)) {
	qps, burst := defaultQPS, defaultBurst
	if l.QPS > 0 {
		qps = l.QPS
	}
	if l.Burst > 0 {
		burst = l.Burst
	}
	config.RateLimiter, config.QPS = nil, -1
	limiter := flowcontrol.NewTokenBucketRateLimiter(qps, burst)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &limited{next, limiter, waited} })
}

// limited is a transport whose requests wait for a rate. Any goroutine may use it.
type limited struct {
	next    http.RoundTripper
	limiter flowcontrol.RateLimiter
	waited  func(method, host string, wait time.Duration) // may be nil
}

var _ utilnet.RoundTripperWrapper = (*limited)(nil)

// WrappedRoundTripper is the transport below.
func (l *limited) WrappedRoundTripper() http.RoundTripper { return l.next }

// RoundTrip implements http.RoundTripper.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	err := l.limiter.Wait(r.Context())
	if l.waited != nil {
		l.waited(r.Method, r.URL.Host, time.Since(start))
	}
	if err == nil {
		return l.next.RoundTrip(r)
	}
	if r.Body != nil {
		r.Body.Close()
	}
	return nil, err
}

// slots are those of requests that may be on their way at once; nil: any number. A list has one until it was read, a
// watch until it is open, and one that begins with a list until that was read: what follows may take for ever.
type slots chan struct{}

func (l Limits) slots() slots {
	if l.MaxInflight <= 0 {
		return nil
	}
	return make(slots, l.MaxInflight)
}

// take waits for a slot, or for the context to end. Free gives it back; it may be called more than once.
func (s slots) take(ctx context.Context) (free func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	select {
	case s <- struct{}{}:
		return sync.OnceFunc(func() { <-s }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
