package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// A server that is away is asked again within 600 ms, however long it is away; one that says no is left to the reflector.
func TestTryAgain(t *testing.T) {
	refused := fmt.Errorf("get: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	synctest.Test(t, func(t *testing.T) {
		f := &follower{watched: &watched{kind: cluster.KindService}, live: &Live{trouble: newTrouble(func(error) {})}}
		last, left, longest := time.Now(), 500, time.Duration(0)
		answer, err := tryAgain(t.Context(), f, "list", func() (string, error) {
			longest, last = max(longest, time.Since(last)), time.Now()
			if left--; left > 0 {
				return "", refused
			}
			return "yes", nil
		})
		if answer != "yes" || err != nil || longest > 600*time.Millisecond || longest < 400*time.Millisecond {
			t.Errorf("got %q, %v, waits up to %v", answer, err, longest)
		}
		for _, no := range []error{apierrors.NewTooManyRequests("no", 1), errors.New("x509: who are you"), apierrors.NewUnauthorized("who")} {
			asked := 0
			_, err := tryAgain(t.Context(), f, "list", func() (string, error) { asked++; return "", no })
			if err != no || asked != 1 {
				t.Errorf("%v: got %v after %d requests", no, err, asked)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if _, err := tryAgain(ctx, f, "list", func() (string, error) { return "", refused }); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

// Of all kinds that do not reach the server one asks, and when it does, all of them are there at once.
func TestScouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const kinds, away = 6, time.Hour
		l := &Live{trouble: newTrouble(func(error) {})}
		began, asked, kept := time.Now(), 0, time.Duration(0)
		var mu sync.Mutex
		var all sync.WaitGroup
		for range kinds {
			f := &follower{watched: &watched{kind: cluster.KindService}, live: l}
			all.Go(func() {
				tryAgain(t.Context(), f, "list", func() (bool, error) {
					mu.Lock()
					defer mu.Unlock()
					asked++
					if time.Since(began) < away {
						return false, errUnanswered
					}
					defer l.heard()
					kept = max(kept, time.Since(began)-away)
					return true, nil
				})
			})
		}
		all.Wait()
		if rate := float64(asked) / away.Seconds(); rate < 2 || rate > 3.5 {
			t.Errorf("got %.1f requests a second of %d kinds, want about those of one", rate, kinds)
		}
		if kept > 600*time.Millisecond {
			t.Errorf("got the last answer %v after the server was back", kept)
		}
	})
}

// Who asks and hears no more than a no, which another kind may not get, calls the others before it is content.
func TestScoutsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Live{trouble: newTrouble(func(error) {})}
		f := &follower{watched: &watched{kind: cluster.KindService}, live: l}
		l.scouts.ask()
		time.AfterFunc(2*time.Second, l.heard)
		began := time.Now()
		tryAgain(t.Context(), f, "list", func() (bool, error) {
			if time.Since(began) < 2*time.Second {
				return false, errUnanswered
			}
			return true, nil
		})
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("got an answer after %v, want it when the server was heard of", took)
		}
	})
}

// Who asks may be stuck, or end: the others do not wait for ever. And a server that is heard of all the time, but not by those who
// wait, is not asked more often for that.
func TestScoutsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Live{trouble: newTrouble(func(error) {})}
		f := &follower{watched: &watched{kind: cluster.KindService}, live: l}
		first, end := context.WithCancel(t.Context())
		asked := 0
		go tryAgain(first, f, "list", func() (bool, error) {
			if asked++; asked > 1 {
				<-first.Done() // stuck
			}
			return false, errUnanswered
		})
		synctest.Wait()
		of := func(long time.Duration) (n int) {
			ctx, cancel := context.WithTimeout(t.Context(), long)
			defer cancel()
			tryAgain(ctx, f, "list", func() (bool, error) {
				if n++; n == 10_000 {
					return true, nil
				}
				return false, errUnanswered
			})
			return n
		}
		if n := of(time.Minute); n < 6 || n > 13 {
			t.Errorf("beside one that is stuck: got %d requests in a minute, want one in 5 to 10 s", n)
		}
		time.AfterFunc(time.Second, end)
		if n := of(time.Minute); n < 100 {
			t.Errorf("after its end: got %d requests in a minute, want those of one that asks", n)
		}
		l.scouts.ask() // another, for ever
		ctx, cancel := context.WithCancel(t.Context())
		var ringing sync.WaitGroup
		ringing.Go(func() {
			for ctx.Err() == nil {
				l.heard()
				time.Sleep(time.Millisecond)
			}
		})
		if n := of(time.Minute); n < 100 || n > 300 {
			t.Errorf("called all the time: got %d requests in a minute, want one in 200 to 600 ms", n)
		}
		cancel()
		ringing.Wait()
	})
}

// A watch that client-go makes up for a server that never answered is no sign of life, is told of, and is asked for again.
func TestWatchUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, told := 0, 0
		f := &follower{
			watched: &watched{kind: cluster.KindService, watch: func(context.Context, metav1.ListOptions) (watch.Interface, error) {
				if asked++; asked < 4 {
					return watch.NewEmptyWatch(), nil
				}
				return nil, apierrors.NewUnauthorized("who")
			}},
			live: &Live{trouble: newTrouble(func(error) { told++ }), times: defaultTimes},
		}
		w, err := f.open(t.Context(), metav1.ListOptions{})
		if w != nil || !apierrors.IsUnauthorized(err) || asked != 4 || told == 0 {
			t.Errorf("got %v, %v after %d requests, and %d troubles", w, err, asked, told)
		}
		if at := f.pulse.alive.Load(); at != 0 {
			t.Errorf("got a sign of life at %v", time.Unix(0, at))
		}
	})
}
