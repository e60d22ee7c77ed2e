package kubenames

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/snapshot"
)

// The times of saving; only tests change them, before a start.
var (
	saveEvery = 5 * time.Second  // at most
	saveAgain = 30 * time.Second // after one that failed
	// A picture that does not change is saved again for its date, so often, and four times in its greatest age.
	saveDate = 5 * time.Minute
)

// complain is how often one log line says that nothing is saved.
const complain = 10 * time.Minute

// saver keeps what a keeper knows in a file. Any goroutine may ask it how it is.
type saver struct {
	file   *snapshot.File
	keeper *keeper.Keeper
	heard  func() time.Time // when the source was last heard of all kinds; zero: not yet
	owns   func() bool      // no later watch has the file

	// owned by run
	changes uint64    // of the keeper when it was saved
	next    time.Time // not to be saved before
	told    time.Time // that nothing is saved

	mu    sync.Mutex
	alive time.Time // when that was last heard of which is in the file; zero: it has nothing for us
}

// newSaver is the saver of a watch that does not run yet.
func (ws *watches) newSaver(w *watch, f *snapshot.File) *saver {
	return &saver{file: f, keeper: w.keeper, heard: heard(w.live), owns: func() bool { return ws.newest(w) }}
}

// newest reports whether no watch that began later has the same snapshot: after a reload that one is right.
func (ws *watches) newest(w *watch) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, o := range ws.all {
		if o != w && o.saver != nil && o.saver.file.Path == w.saver.file.Path && o.began.After(w.began) {
			return false
		}
	}
	return true
}

// load restores what the file holds, if that may be served, and says so. Nothing runs yet.
func (s *saver) load() {
	if err := s.file.Clean(); err != nil {
		log.Warningf("snapshot: what an earlier process left behind: %s", err)
	}
	p, err := s.file.Load(time.Now())
	if err == nil {
		err = lacks(p, s.keeper)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		log.Infof("snapshot: there is none yet: %s", s.file.Path)
	case err != nil:
		log.Warningf("snapshot ignored: %s", err)
	default:
		s.keeper.Restore(p.Objects, p.Version)
		s.alive = p.Alive
		log.Infof("snapshot: %d objects as they were %s ago: %s", len(p.Objects), s.age(), s.file.Path)
	}
	if err != nil {
		s.changes = ^uint64(0) // whatever is known first is news
	}
}

// lacks is an error if there is a kind that the picture does not have.
func lacks(p *snapshot.Picture, k *keeper.Keeper) error {
	for _, kind := range k.Kinds() {
		if !slices.Contains(p.Kinds, kind) {
			return fmt.Errorf("damaged: there is no list of %s", kind)
		}
	}
	return nil
}

// run saves what changes until the context ends, and then for the last time: from when all is known of the source, for what
// was restored is no newer for being saved again.
func (s *saver) run(ctx context.Context) {
	select {
	case <-s.keeper.Whole():
	case <-ctx.Done():
		return
	}
	if !s.saved().IsZero() {
		c := s.keeper.Confirmed()
		log.Infof("snapshot: confirmed: %d objects are as they were, %d have changed, %d are new, %d are gone", c.Same, c.Changed, c.New, c.Gone)
	}
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		s.save(min(saveDate, s.file.MaxAge/4))
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.next = time.Time{}
			s.save(1)
			return
		}
	}
}

// save saves what is known if something has changed, or if it was heard of so much later.
func (s *saver) save(later time.Duration) {
	alive, changes := s.heard(), s.keeper.Changes()
	if changes == s.changes && alive.Sub(s.saved()) < later || alive.IsZero() || time.Now().Before(s.next) || !s.owns() {
		return
	}
	if err := s.file.Save(alive, s.keeper.Kinds(), s.keeper); err != nil {
		snapshotErrors.Inc()
		s.next = time.Now().Add(saveAgain)
		if time.Since(s.told) >= complain {
			s.told = time.Now()
			log.Warningf("snapshot: not saved, which is tried again every %s: %s", saveAgain, err)
		}
		return
	}
	snapshotSaves.Inc()
	s.changes, s.told = changes, time.Time{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alive = alive
}

// saved is when that was last heard of which is in the file; zero: it has nothing for us.
func (s *saver) saved() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alive
}

// age is how long ago that was, about.
func (s *saver) age() time.Duration { return time.Since(s.saved()).Round(time.Second) }

// heard is when the API server was last heard of the kind that it was not heard of for longest; zero: of one it was never.
func heard(l *kube.Live) func() time.Time {
	return func() time.Time {
		all := l.Pulses()
		return slices.MinFunc(all, func(a, b kube.Pulse) int { return a.Alive.Compare(b.Alive) }).Alive
	}
}
