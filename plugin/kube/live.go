package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// calmBackoff is the waits before a kind is begun from nothing, after a panic or another history: whatever made it necessary may
// do so again.
var calmBackoff = wait.Backoff{Duration: time.Second, Cap: 30 * time.Second, Factor: 2, Jitter: 0.5, Steps: 8}

// Live is a cluster.Source that lists and watches an API server. It is made for one Run.
type Live struct {
	options   Options
	client    *http.Client
	metadata  *rest.RESTClient
	followers []*follower // one of each kind
	times     times
	slots     slots
	trouble   *trouble
	reach     reach
	scouts    scouts
	began     atomic.Int64 // when Run did, in nanoseconds of Unix time
	history   history
	streams   sync.WaitGroup // of watches
	pending   sync.RWMutex   // read-held by each list, which may outlive its reflector
}

// NewLive returns a source that speaks to the server of the config. It sends no request before Run.
func NewLive(config *rest.Config, options Options) (*Live, error) {
	config = rest.CopyConfig(config)
	config.WarningHandler = rest.NoWarnings{} // client-go would log them
	l := &Live{options: options, slots: options.Limits.slots(), trouble: newTrouble(options.report), times: defaultTimes}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return &patient{next, func() time.Duration { return l.times.stall() }, l.heard, l.reach.failed}
	})
	if options.Observe != nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &observed{next, options.Observe} })
	}
	options.Limits.limit(config, options.Waited)
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("API server %s: %w", config.Host, err)
	}
	l.client = client
	if l.metadata, err = newMetadata(config, client); err != nil {
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
	for i := range kinds {
		l.followers = append(l.followers, &follower{watched: &kinds[i], live: l, sooner: make(chan time.Duration, 1)})
	}
	return l, nil
}

// Kinds lists the kinds of object that are watched.
func (l *Live) Kinds() []cluster.Kind { return l.options.kinds() }

// Run lists and watches until the context ends. What it cannot reach it tries again for as long, and
// reports; it returns nil, after its last goroutine.
func (l *Live) Run(ctx context.Context, sink cluster.Sink) error {
	l.began.Store(time.Now().UnixNano())
	trimmer := newTrimmer(l.options)
	var kinds sync.WaitGroup
	for _, f := range l.followers {
		f.store = &store{
			kind: f.kind, trim: trimmer.of(f.kind), sink: sink, pulse: &f.pulse, report: l.options.report,
			versions: l.versions(), reaches: f.reaches, past: f.position.past, incident: func(i Incident) { l.options.incident(f.kind, i) },
		}
		kinds.Go(func() { f.follow(ctx) })
		if l.options.Audit > 0 {
			kinds.Go(func() { f.audits(ctx) })
		}
	}
	kinds.Wait()
	l.streams.Wait()
	l.pending.Lock() // what was let in before the context ended is over now
	defer l.pending.Unlock()
	utilnet.CloseIdleConnectionsFor(l.client.Transport)
	return nil
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
