package kube

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, never := newPace(), time.Time{}
		want := func(about string, got, least, most time.Duration) {
			t.Helper()
			if got < least || got > most {
				t.Errorf("%s: got %v, want %v to %v", about, got, least, most)
			}
		}
		for want := firstWait; want < longestWait; want *= 2 {
			if got := p.next(never, errors.New("no")); got < want || got > 2*want {
				t.Errorf("refused: got %v, want %v to %v", got, want, 2*want)
			}
		}
		want("refused for long", p.next(never, errors.New("no")), longestWait, 2*longestWait)
		want("a watch that ended at once", p.next(time.Now().Add(-lasting/2), nil), longestWait, 2*longestWait)
		want("one that lasted", p.next(time.Now().Add(-lasting), nil), firstWait, 2*firstWait)
		want("refused again", p.next(never, errors.New("no")), 2*firstWait, 4*firstWait)
		want("told when", p.next(never, apierrors.NewTooManyRequests("later", 30)), 30*time.Second, 30*time.Second)
	})
}

// forgetful is an API server that is there for a while, and then away, and knows nothing of what was before each time. Its
// watches last as long as it is there, or as it lets them.
type forgetful struct {
	there, away time.Duration
	watches     time.Duration // zero: as long as it is there
	began       time.Time
	lists       []time.Time
}

// cycle is which time it is there, and since when; there is how much longer, below zero if it is away.
func (s *forgetful) cycle() (n int, since, there time.Duration) {
	all := s.there + s.away
	since = time.Since(s.began) % all
	return int(time.Since(s.began) / all), since, s.there - since
}

func (s *forgetful) list(context.Context, string, metav1.ListOptions) (runtime.Object, error) {
	if _, _, there := s.cycle(); there <= 0 {
		return nil, errUnanswered
	}
	return &corev1.ServiceList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}}, nil
}

// decoding is what comes over a watch: nothing. One that goes on from before is told that it is too old.
type decoding struct {
	s     *forgetful
	life  time.Duration
	ended chan struct{}
}

// Decode implements watch.Decoder.
func (d *decoding) Decode() (watch.EventType, runtime.Object, error) {
	select {
	case <-d.ended:
		return "", nil, io.EOF
	case <-time.After(d.life):
	}
	if d.life == 0 || d.s.watches > 0 {
		return watch.Error, status(410, metav1.StatusReasonExpired, "too old resource version"), nil
	}
	return "", nil, io.EOF
}

// Close implements watch.Decoder.
func (d *decoding) Close() { close(d.ended) }

func (s *forgetful) watch(_ context.Context, o metav1.ListOptions) (watch.Interface, error) {
	n, _, there := s.cycle()
	switch {
	case there <= 0:
		return nil, errUnanswered
	case o.SendInitialEvents != nil:
		return nil, &apierrors.StatusError{ErrStatus: *status(422, metav1.StatusReasonInvalid, "no streams")}
	}
	life := there
	if s.watches > 0 {
		life = min(life, s.watches)
	}
	if last := s.lists[len(s.lists)-1]; int(last.Sub(s.began)/(s.there+s.away)) != n {
		life = 0
	}
	return watch.NewStreamWatcher(&decoding{s, life, make(chan struct{})}, apierrors.NewClientErrorReporter(500, "GET", "watch")), nil
}

// Apply implements cluster.Sink.
func (s *forgetful) Apply(...cluster.Change) {}

// Replace implements cluster.Sink.
func (s *forgetful) Replace([]cluster.Kind, []cluster.Object, uint64) {
	s.lists = append(s.lists, time.Now())
}

// follow follows it for so long.
func (s *forgetful) follow(t *testing.T, long time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	l := &Live{trouble: newTrouble(func(error) {}), times: defaultTimes}
	l.options.Report = func(error) {}
	f := &follower{live: l, watched: &watched{kind: cluster.KindService, example: &corev1.Service{}, list: s.list, watch: s.watch}}
	l.followers = []*follower{f}
	f.store = &store{kind: f.kind, trim: newTrimmer(l.options).of(f.kind), sink: s, pulse: &f.pulse, report: l.options.report, reaches: f.reaches, past: f.position.past}
	s.began = time.Now()
	f.follow(ctx)
}

// A server that is killed over and over, each time when it is back for five seconds: within a second of each return all is known.
func TestFollowKilledOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &forgetful{there: 5 * time.Second, away: 3 * time.Second}
		s.follow(t, 5*time.Minute)
		all := s.there + s.away
		seen := map[int]bool{}
		for _, at := range s.lists {
			n, since := int(at.Sub(s.began)/all), at.Sub(s.began)%all
			if !seen[n] && since > time.Second {
				t.Errorf("return %d: listed after %v", n, since)
			}
			seen[n] = true
		}
		if want := int(5 * time.Minute / all); len(seen) < want {
			t.Errorf("got %d returns in which there was a list, want %d", len(seen), want)
		}
	})
}

// A server that gives lists, and soon after each says that its watch is too old, is asked for lists ever more rarely.
func TestFollowExpiredOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &forgetful{there: time.Hour, watches: lasting / 2}
		s.follow(t, 5*time.Minute)
		if got, most := len(s.lists), int(5*time.Minute/longestWait); got > most || got < most/3 {
			t.Errorf("got %d lists in five minutes, want about one in %v to %v", got, longestWait+s.watches, 2*longestWait+s.watches)
		}
	})
}
