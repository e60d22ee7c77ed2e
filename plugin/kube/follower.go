package kube

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// follower keeps one kind up to date. It is made with its Live, and works while that runs.
type follower struct {
	*watched
	live     *Live
	pulse    pulse
	position position
	history  atomic.Uint64 // the number of the history that it follows
	endless  atomic.Bool   // the streaming list that was asked for last never ended
	store    *store        // set by Run

	mu     sync.Mutex
	again  context.CancelFunc // ends the reflector that runs; nil: none does
	stream *stream            // the watch that was opened last; nil: none was
	begun  bool               // one was asked for since the list
	way    net.Conn           // what the watch that was opened last came over; nil: nobody knows

	sooner chan time.Duration // until an audit that does not wait for its turn
}

// follow keeps the kind up to date until the context ends.
func (f *follower) follow(ctx context.Context) {
	var silent klog.Logger // client-go would log to standard error
	ctx = klog.NewContext(ctx, silent)
	calm := calmBackoff
	for ctx.Err() == nil {
		began := time.Now()
		asked := f.run(ctx, &silent)
		if time.Since(began) > calm.Cap {
			calm = calmBackoff
		}
		if asked && calm == calmBackoff {
			calm.Step() // at once, but not over and over
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(calm.Step()):
		}
	}
}

// run lists the kind from nothing and watches it, until the context ends, or it is asked to begin again. It makes a panic a
// report: the other kinds go on.
func (f *follower) run(ctx context.Context, silent *klog.Logger) (asked bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the watch that a panic left open
	f.begin(cancel)
	again := waits()
	source := cache.ToListWatcherWithWatchListSemantics(f.listWatch(), f.live.client)
	reflector := cache.NewReflectorWithOptions(source, f.example, f.store, cache.ReflectorOptions{
		Name:            "kubenames",
		TypeDescription: f.kind.String(),
		Logger:          silent,
		Clock:           untilDone{ctx: ctx},
		Backoff:         &again, // of a watch, at the word of the server
	})
	defer func() {
		if p := recover(); p != nil {
			asked = false
			f.live.options.incident(f.kind, Panicked)
			f.live.trouble.say(fmt.Sprintf("watch %s: panic: %v", f.kind, p))
		}
	}()
	pace := newPace()
	for {
		f.store.listed = time.Time{}
		err := reflector.ListAndWatchWithContext(ctx) // told of already
		select {
		case <-ctx.Done():
			return true
		case <-time.After(pace.next(f.store.listed, err)):
		}
	}
}

// begin notes what ends the reflector, which knows nothing yet.
func (f *follower) begin(end context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.again, f.stream, f.begun = end, nil, false
	f.position.leave()
	f.history.Store(f.live.history.now())
}

// relist makes the kind be listed from nothing. Any goroutine may call it.
func (f *follower) relist() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.again != nil {
		f.again()
	}
}

// reopen makes the watch be opened again where it is. Any goroutine may call it.
func (f *follower) reopen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stream != nil {
		f.stream.halt()
	}
}

// reaches is told what version of the cluster was told of.
func (f *follower) reaches(version uint64) {
	if was, back := f.position.reach(version); back {
		f.wentBack("watch", was, version)
	}
}

// listWatch is how a reflector reaches the kind.
func (f *follower) listWatch() *cache.ListWatch {
	l := f.live
	return &cache.ListWatch{
		// A reflector does not wait for its list when the context ends: Run does, for what it finds pending.
		ListWithContextFunc: func(ctx context.Context, _ metav1.ListOptions) (runtime.Object, error) {
			l.pending.RLock()
			defer l.pending.RUnlock()
			free, err := l.slots.take(ctx)
			if err != nil {
				return nil, err
			}
			defer free()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			f.lists()
			list, err := f.pages(ctx)
			if err != nil && ctx.Err() == nil {
				l.trouble.failed("list", f.watched, err)
			}
			return list, err
		},
		WatchFuncWithContext: f.open,
	}
}

// open opens a watch, maybe one that begins with a list.
func (f *follower) open(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	l := f.live
	free, err := l.slots.take(ctx)
	if err != nil {
		return nil, err
	}
	listing := o.SendInitialEvents != nil
	if listing {
		f.lists()
		if f.endless.Swap(false) {
			free()
			return nil, errEndless
		}
	}
	o.FieldSelector, o.LabelSelector = f.fields, f.labels
	o.Watch = true
	var w way
	resumed, verb := !listing && f.continues(), "watch"
	events, err := tryAgain(ctx, f, "watch", func() (watch.Interface, error) {
		if resumed {
			if err := f.stillAhead(ctx); err != nil {
				verb = "list" // which is how it asks
				return nil, err
			}
		}
		verb = "watch"
		events, err := answered(f.watch(w.traced(ctx), o))
		resumed = resumed || err != nil && !listing // whoever is there at the next try may be another
		return events, err
	})
	if err != nil {
		free()
		if ctx.Err() == nil && !fallsBack(o, err) && !f.untaught(err) {
			l.trouble.failed(verb, f.watched, err)
		}
		return nil, err
	}
	f.pulse.lives()
	if !listing {
		free()
	}
	s := newStream(ctx, events, listing, streamTold{
		listed: free,
		failed: func(err error) { l.trouble.failed("watch", f.watched, err) },
		silent: f.silent,
	}, l.times.silence)
	if elsewhere := f.opened(s, w.taken()); resumed && elsewhere || w.again() && !listing {
		f.hasten()
	}
	l.streams.Go(func() { <-s.ended })
	return s, nil
}

// lists notes that a list begins.
func (f *follower) lists() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun = false
}

// continues notes that a watch is asked for, and reports whether it goes on where another ended, or failed to begin.
func (f *follower) continues() (begun bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	begun, f.begun = f.begun, true
	return begun
}

// opened notes the watch that was opened, and reports whether it came another way than the one before.
func (f *follower) opened(s *stream, way net.Conn) (elsewhere bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	elsewhere = f.way != way
	f.begun, f.stream, f.way = true, s, way
	return elsewhere
}

// errEndless is why a streaming list is not asked for again.
var errEndless = errors.New("the list that streams in never ends")

// silent is told that a watch is taken for dead. One that was listing is followed by a plain list.
func (f *follower) silent(listing bool) {
	f.live.reach.failed()
	f.live.options.incident(f.kind, Silent)
	if listing {
		f.endless.Store(true)
		f.live.trouble.say(fmt.Sprintf("watch %s: %s; listing page by page", f.kind, errEndless))
	}
}

// untaught reports whether the error is that the server does not know the kind, which a list then tells.
func (w *watched) untaught(err error) bool {
	return w.kind == cluster.KindImport && apierrors.IsNotFound(err)
}

// times are the patience of a Live. Tests have less.
type times struct {
	silence func() time.Duration // with neither event nor bookmark
	stall   func() time.Duration // without a byte of an answer
	probe   time.Duration        // for a small answer
	learn   time.Duration        // for a server that was just started to be able to tell
	settle  time.Duration        // for a watch to come as far as an audit
}

// defaultTimes: kube-apiserver sends a bookmark every minute, so a watch that has none for longer is dead, or the server is
// one that sends none, and then it is cheap to open it again. Answers to what is not a watch it gives up itself after a
// minute. Replicas are apart by jitter.
var defaultTimes = times{
	silence: func() time.Duration { return 75*time.Second + rand.N(10*time.Second) },
	stall:   func() time.Duration { return 70 * time.Second },
	probe:   3 * time.Second,
	learn:   10 * time.Second,
	settle:  90 * time.Second,
}
