package kubenames

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/snapshot"
	"github.com/kubenames/kubenames/plugin/zone"
)

// watch is a cluster as it is watched for all blocks that want the same of it.
type watch struct {
	key       kube.Key
	keeper    *keeper.Keeper
	manifests *kube.Manifests // nil: an API server is the source
	live      *kube.Live      // nil: manifests are
	saver     *saver          // nil: there is no snapshot
	began     time.Time
	end       func() // ends the run, and waits for that

	// guarded by mu of watches
	zones map[string]*lent // by what zones depend on; none: the watch is over
}

// lent is a zone that blocks answer from, and how many they are.
type lent struct {
	zone   *zone.Zone
	blocks int
}

// watches is those that run, each for as long as there is a block that wants it. Any goroutine may use it.
type watches struct {
	mu  sync.Mutex
	all map[kube.Key]*watch
}

var watching = &watches{all: map[kube.Key]*watch{}}

// prepared is a source that nobody runs yet, and the snapshot of it; nil: there is none.
type prepared struct {
	key    kube.Key
	source cluster.Source
	file   *snapshot.File
}

// newWatch is a watch that does not run yet.
func newWatch(key kube.Key, source cluster.Source) *watch {
	w := &watch{key: key, keeper: keeper.New(source), began: time.Now(), zones: map[string]*lent{}}
	w.keeper.Programmed = programmed
	w.manifests, _ = source.(*kube.Manifests)
	w.live, _ = source.(*kube.Live)
	return w
}

// runs reports whether there is the watch.
func (ws *watches) runs(key kube.Key) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.all[key] != nil
}

// seat is what a block answers from, until it is left.
type seat struct {
	*watch
	zone *zone.Zone
	name string // of the zone, in the watch
}

// take is a seat for a block that answers as the spec says at the addresses. The source is made, and its run begins, unless
// there is the watch; a zone is made unless there is one like it, and then it takes the place of others.
func (ws *watches) take(key kube.Key, source func() (*prepared, error), spec zone.Spec, local []netip.Addr, others []*zone.Zone) (s *seat, err error) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	s = &seat{watch: ws.all[key], name: fmt.Sprintf("%#v %v", spec, local)}
	if s.watch != nil && s.zones[s.name] != nil {
		p := s.zones[s.name]
		p.blocks++
		s.zone = p.zone
		return s, nil
	}
	if s.zone, err = zone.New(spec); err != nil {
		return nil, err
	}
	s.zone.Listen(local)
	for _, o := range others {
		s.zone.Follow(o)
	}
	if s.watch == nil {
		from, err := source()
		if err != nil {
			return nil, err
		}
		s.watch = newWatch(key, from.source)
		if from.file != nil {
			s.saver = ws.newSaver(s.watch, from.file)
			s.saver.load()
		}
		ws.all[key] = s.watch
		defer ws.run(s.watch) // once it has its zone
	}
	s.zones[s.name] = &lent{zone: s.zone, blocks: 1}
	s.keeper.Attach(s.zone)
	return s, nil
}

// run begins the run.
func (ws *watches) run(w *watch) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	w.end = func() {
		cancel()
		running.Wait()
	}
	if w.live != nil {
		running.Go(func() { mind(ctx, w.keeper, w.live) })
	}
	running.Go(func() {
		if err := w.keeper.Run(ctx); err != nil && ctx.Err() == nil {
			log.Errorf("the names are not kept any more: %s", err)
			ws.drop(w)
		}
	})
	if w.saver != nil {
		running.Go(func() { w.saver.run(ctx) })
	}
}

// drop sees to it that nobody more takes a seat.
func (ws *watches) drop(w *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all[w.key] == w {
		delete(ws.all, w.key)
	}
}

// leave gives the seat back. With the last one the watch ends.
func (ws *watches) leave(s *seat) {
	if ws.vacate(s) {
		s.end()
	}
}

// vacate reports whether it was the last seat.
func (ws *watches) vacate(s *seat) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	p := s.zones[s.name]
	if p.blocks--; p.blocks > 0 {
		return false
	}
	delete(s.zones, s.name)
	s.keeper.Detach(s.zone)
	if len(s.zones) > 0 {
		return false
	}
	if ws.all[s.key] == s.watch {
		delete(ws.all, s.key)
	}
	return true
}
