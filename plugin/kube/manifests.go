package kube

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// When files are read again.
const (
	// A change is often several: a file is emptied and then written, or written and then renamed. It is over when
	// nothing has happened for a moment; who writes without a pause is served in between.
	settleQuiet = 15 * time.Millisecond
	settleMost  = 50 * time.Millisecond
	// Not all that changes is told of: not on every network file system, and not beyond the kernel's limit of watches.
	pollEvery        = 5 * time.Second
	pollEveryUntold  = time.Second
	stampTrustworthy = 2 * time.Second // a file younger than this may change again under the same time stamp
)

// Manifests is a cluster.Source that reads manifest files, and reads them again when they change. It is owned
// by who calls Run; Stats may be asked by any goroutine.
type Manifests struct {
	options   Options
	selectors selectors
	trimmer   *trimmer
	paths     []string         // files and folders, as given
	files     map[string]*file // by path
	unread    map[string]bool  // paths as given that could not be read whole, as reported
	doubles   map[string]bool  // objects that two files hold, as reported
	told      map[string]bool  // kinds that are not for DNS, as reported
	stats     atomic.Pointer[Stats]
}

// Stats counts what the files hold.
type Stats struct {
	Files   int // files that are read
	Broken  int // files of them whose newest content is not served
	Objects int // objects that DNS can see
	Ignored int // objects of kinds that are not for DNS
}

// NewManifests reads the files, and the .yaml, .yml and .json files in and below the folders. A path that cannot
// be read and a file that is broken are errors; later they are reported, and what was read last stays.
func NewManifests(paths []string, options Options) (*Manifests, error) {
	selectors, err := options.selectors()
	if err != nil {
		return nil, fmt.Errorf("manifests: %w", err)
	}
	m := &Manifests{
		options:   options,
		selectors: selectors,
		trimmer:   newTrimmer(options),
		files:     map[string]*file{},
		unread:    map[string]bool{},
		doubles:   map[string]bool{},
		told:      map[string]bool{},
	}
	if len(paths) == 0 {
		return nil, errors.New("manifests: want files or folders")
	}
	for _, p := range paths {
		m.paths = append(m.paths, filepath.Clean(p))
	}
	if _, errs := m.scan(&folders{}); len(errs) > 0 {
		return nil, fmt.Errorf("manifests: %w", errors.Join(errs...))
	}
	m.count(len(m.merge()))
	if len(m.files) == 0 {
		options.report(Notice(fmt.Sprintf("manifests: no .yaml, .yml or .json file in %q", paths)))
	}
	return m, nil
}

// Kinds lists the kinds of object that are read.
func (m *Manifests) Kinds() []cluster.Kind { return m.options.kinds() }

// Stats is what the files hold now.
func (m *Manifests) Stats() Stats { return *m.stats.Load() }

// Run tells what the files hold, all of it, and again when they change, until the context ends.
func (m *Manifests) Run(ctx context.Context, sink cluster.Sink) error {
	watch, every := &folders{}, pollEveryUntold
	var events chan fsnotify.Event // nil: none come
	var lost chan error
	if watcher, err := fsnotify.NewWatcher(); err != nil {
		m.options.report(fmt.Errorf("manifests: changes are seen late, every %v: %w", every, err))
	} else {
		defer func() {
			watcher.Close()
			for range watcher.Events { // closed by the watcher's goroutine when it ends
			}
		}()
		watch.watcher, every = watcher, pollEvery
		events, lost = watcher.Events, watcher.Errors
	}
	poll := time.NewTicker(every)
	defer poll.Stop()
	for first := true; ctx.Err() == nil; first = false {
		changed, errs := m.scan(watch)
		for _, err := range errs {
			m.options.report(fmt.Errorf("manifests: %w", err))
		}
		if changed || first {
			objects := m.merge()
			m.count(len(objects))
			sink.Replace(m.Kinds(), objects, 0)
		} else if len(errs) > 0 {
			m.count(m.Stats().Objects)
		}
		pause(ctx, watch, events, lost, poll.C)
	}
	return nil
}

// pause returns when the files may have changed, and the change seems to be over, or when the context ends.
func pause(ctx context.Context, watch *folders, events chan fsnotify.Event, lost chan error, poll <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll:
			return
		case <-lost: // events were
			return
		case e := <-events:
			if watch.counts(e) {
				settle(ctx, events)
				return
			}
		}
	}
}

// settle waits until a change seems to be over.
func settle(ctx context.Context, events chan fsnotify.Event) {
	most := time.After(settleMost)
	for {
		select {
		case <-events:
		case <-time.After(settleQuiet):
			return
		case <-most:
			return
		case <-ctx.Done():
			return
		}
	}
}

// count publishes the Stats, and reports each kind that is not for DNS when it first occurs.
func (m *Manifests) count(objects int) {
	s := Stats{Files: len(m.files), Objects: objects}
	ignored := map[string]int{}
	for _, f := range m.files {
		if f.err != nil {
			s.Broken++
		}
		if f.contents == nil {
			continue
		}
		for kind, n := range f.contents.ignored {
			ignored[kind] += n
			s.Ignored += n
		}
	}
	for kind, n := range ignored {
		if !m.told[kind] {
			m.told[kind] = true
			m.options.report(Notice(fmt.Sprintf("manifests: %d of kind %s: not for DNS", n, kind)))
		}
	}
	m.stats.Store(&s)
}
