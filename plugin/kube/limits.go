package kube

import (
	"context"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
)

// Limits bound what an API server is asked, by all kinds of a source together. The zero value is what client-go does on
// its own: 5 requests a second and bursts of 10, for each API group, as many of them at once as there are.
type Limits struct {
	QPS         float32 // requests a second; 0: 5
	Burst       int     // requests at once after a pause; 0: 10
	MaxInflight int     // requests that are not answered yet; 0: any number
}

// groups returns what makes the configuration of the client of one API group.
func (l Limits) groups(config *rest.Config, waited func(method, host string, wait time.Duration)) func() *rest.Config {
	host := config.Host
	if u, _, err := rest.DefaultServerUrlFor(config); err == nil {
		host = u.Host
	}
	rate := func() flowcontrol.RateLimiter {
		qps, burst := rest.DefaultQPS, rest.DefaultBurst
		if l.QPS > 0 {
			qps = l.QPS
		}
		if l.Burst > 0 {
			burst = l.Burst
		}
		limiter := flowcontrol.NewTokenBucketRateLimiter(qps, burst)
		if waited == nil {
			return limiter
		}
		return timed{limiter, func(d time.Duration) { waited(http.MethodGet, host, d) }}
	}
	if l.QPS > 0 || l.Burst > 0 {
		rate = sync.OnceValue(rate)
	}
	return func() *rest.Config {
		c := rest.CopyConfig(config)
		c.RateLimiter = rate()
		return c
	}
}

// timed is a limiter that tells how long each request waits for it.
type timed struct {
	flowcontrol.RateLimiter
	waited func(time.Duration)
}

// Wait waits for a token.
func (t timed) Wait(ctx context.Context) error {
	start := time.Now()
	err := t.RateLimiter.Wait(ctx)
	t.waited(time.Since(start))
	return err
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
