package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// The waits between attempts to reach a server: short at first, so that one that restarts is seen within
// a second of coming back; then longer, and apart from those of other replicas, but with jitter never over
// 30 s, so that none is asleep long after the others.
const (
	firstWait   = 200 * time.Millisecond
	longestWait = 15 * time.Second
	waitJitter  = 1.0
	calmAfter   = time.Second // wait before going on after a panic
)

// Live is a cluster.Source that lists and watches an API server. It is made for one Run.
type Live struct {
	options Options
	client  *http.Client
	watched []watched
	pulses  []pulse // by watched
	slots   slots
	trouble *trouble
	streams sync.WaitGroup // of watches
	pending sync.RWMutex   // read-held by each list, which may outlive its reflector
}

// NewLive returns a source that speaks to the server of the config. It sends no request before Run.
func NewLive(config *rest.Config, options Options) (*Live, error) {
	config = rest.CopyConfig(config)
	config.WarningHandler = rest.NoWarnings{} // client-go would log them
	if options.Observe != nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &observed{next, options.Observe} })
	}
	options.Limits.limit(config, options.Waited)
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("API server %s: %w", config.Host, err)
	}
	missing := func() {
		options.report(errors.New("list serviceimports: the API server has no " + mcs.ServiceImportFullName +
			": none of their names exist until it has"))
	}
	kinds, err := watchedKinds(config, client, options, missing)
	if err != nil {
		return nil, fmt.Errorf("API server %s: %w", config.Host, err)
	}
	return &Live{
		options: options, client: client, watched: kinds, pulses: make([]pulse, len(kinds)),
		slots: options.Limits.slots(), trouble: newTrouble(options.report),
	}, nil
}

// Kinds lists the kinds of object that are watched.
func (l *Live) Kinds() []cluster.Kind { return l.options.kinds() }

// Run lists and watches until the context ends. What it cannot reach it tries again for as long, and
// reports; it returns nil, after its last goroutine.
func (l *Live) Run(ctx context.Context, sink cluster.Sink) error {
	trimmer := newTrimmer(l.options)
	var kinds sync.WaitGroup
	for i := range l.watched {
		kinds.Go(func() { l.follow(ctx, i, trimmer, sink) })
	}
	kinds.Wait()
	l.streams.Wait()
	l.pending.Lock() // what was let in before the context ended is over now
	defer l.pending.Unlock()
	utilnet.CloseIdleConnectionsFor(l.client.Transport)
	return nil
}

// follow keeps one kind up to date until the context ends.
func (l *Live) follow(ctx context.Context, kind int, t *trimmer, sink cluster.Sink) {
	w, p := &l.watched[kind], &l.pulses[kind]
	source := cache.ToListWatcherWithWatchListSemantics(w.listWatch(l, p), l.client)
	target := &store{kind: w.kind, trim: t.of(w.kind), sink: sink, pulse: p, report: l.options.report}
	var silent klog.Logger // client-go would log to standard error
	reflector := cache.NewReflectorWithOptions(source, w.example, target, cache.ReflectorOptions{
		Name:            "kubenames",
		TypeDescription: w.kind.String(),
		Logger:          &silent,
		Clock:           untilDone{ctx: ctx},
		Backoff: &wait.Backoff{
			Duration: firstWait, Cap: longestWait, Factor: 2, Jitter: waitJitter,
			Steps: 32, // more than it takes to reach the cap
		},
	})
	ctx = klog.NewContext(ctx, silent)
	for ctx.Err() == nil {
		l.guard(ctx, w, reflector)
		select {
		case <-ctx.Done():
		case <-time.After(calmAfter):
		}
	}
}

// guard runs the reflector. It makes a panic of one kind a report: the others go on, and it is run again.
func (l *Live) guard(ctx context.Context, w *watched, reflector *cache.Reflector) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the watch that a panic left open
	defer func() {
		if p := recover(); p != nil {
			l.trouble.say(fmt.Sprintf("watch %s: panic: %v", w.kind, p))
		}
	}()
	reflector.RunWithContext(ctx)
}

// untilDone is a clock whose After does not outlast the context: a reflector waits for it between attempts
// to reach a server, and looks at the context only then.
type untilDone struct {
	clock.RealClock
	ctx context.Context
}

// After sends after d, or when the context ends.
func (c untilDone) After(d time.Duration) <-chan time.Time {
	ch := make(chan time.Time, 1)
	wait, cancel := context.WithTimeout(c.ctx, d)
	context.AfterFunc(wait, func() {
		cancel()
		ch <- time.Now()
	})
	return ch
}
