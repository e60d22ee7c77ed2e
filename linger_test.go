package kubenames

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coredns/caddy"
)

// lingering is what a server that has the directive linger does when it ends, where a lame duck would wait.
var lingering atomic.Pointer[func()]

func init() {
	caddy.RegisterPlugin("linger", caddy.Plugin{ServerType: "dns", Action: func(c *caddy.Controller) error {
		c.OnFinalShutdown(func() error {
			if linger := lingering.Load(); linger != nil {
				(*linger)()
			}
			return nil
		})
		return nil
	}})
}

// linger begins to end the server, and returns when it lingers: until it is told that the time is over, not by a clock.
func (s *server) linger(t *testing.T) (ended chan []error, over func()) {
	t.Helper()
	begun, done := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() {
		close(begun)
		<-done
	})
	lingering.Store(&once)
	over = sync.OnceFunc(func() {
		lingering.Store(nil)
		close(done)
	})
	t.Cleanup(over)
	ended = make(chan []error, 1)
	go func() { ended <- s.instance.ShutdownCallbacks() }()
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("the server does not linger")
	}
	return ended, over
}
