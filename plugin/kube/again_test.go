package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// A server that is away is asked again within a second, however long it is away; one that says no is left to the reflector.
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
		if answer != "yes" || err != nil || longest > time.Second || longest < 500*time.Millisecond {
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
