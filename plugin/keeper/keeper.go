// Package keeper keeps zones at what a source tells: it is their one writer.
//
//	cluster.Source ──Apply, Replace──▶ Keeper ──▶ cluster.State ──Delta──▶ zone.Zone, zone.Zone, ...
//
// Questions never come here. They read what a zone has published.
package keeper

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// Keeper takes what one source tells and publishes it in any number of zones, which come and go. Any goroutine may call its
// methods.
type Keeper struct {
	// Programmed, if it is set before Run, takes each change of endpoints that has its moment and is answered from now
	// on, once for all zones: its Service as it is now, and when it was triggered.
	Programmed func(s *cluster.Service, triggered time.Time)

	source cluster.Source
	whole  chan struct{}

	mu      sync.Mutex
	state   *cluster.State
	zones   []*zone.Zone
	doubts  zone.Doubt                // of all zones
	missing map[cluster.Kind]struct{} // what must be told before the picture is whole
	release *time.Timer               // of what is held; nil: nothing is
	ended   bool
	changes uint64

	confirmed cluster.Comparison // see saved.go
}

// New is a keeper of no zone yet.
func New(s cluster.Source) *Keeper {
	k := &Keeper{source: s, state: cluster.NewState(), whole: make(chan struct{})}
	k.missing = map[cluster.Kind]struct{}{}
	for _, kind := range s.Kinds() {
		k.missing[kind] = struct{}{}
	}
	return k
}

// Attach keeps the zone, too, which nobody else may update: when it returns all that is known is published in it, and from then
// on every step. The next step waits for that.
func (k *Keeper) Attach(z *zone.Zone) {
	k.mu.Lock()
	defer k.mu.Unlock()
	z.Stale(k.doubts, true)
	if k.served() {
		z.Rebuild(k.state)
	}
	k.zones = append(k.zones, z)
}

// Stale says of all zones, those that come among them, that there is the reason to doubt the picture, or that there is not any
// more.
func (k *Keeper) Stale(why zone.Doubt, on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stale(why, on)
}

// stale is Stale; mu is held.
func (k *Keeper) stale(why zone.Doubt, on bool) {
	if k.doubts &^= why; on {
		k.doubts |= why
	}
	for _, z := range k.zones {
		z.Stale(why, on)
	}
}

// Detach leaves the zone as it is.
func (k *Keeper) Detach(z *zone.Zone) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.zones = slices.DeleteFunc(k.zones, func(o *zone.Zone) bool { return o == z })
}

// Run keeps the zones until the context ends, and returns the source's error. It is called once.
func (k *Keeper) Run(ctx context.Context) error {
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.ended = true
		if k.release != nil {
			k.release.Stop()
		}
	}()
	return k.source.Run(ctx, k)
}

// Whole is closed once the whole cluster is published, as the source tells of it.
func (k *Keeper) Whole() <-chan struct{} { return k.whole }

// Missing is the kinds of object that have not been told of yet.
func (k *Keeper) Missing() []cluster.Kind {
	k.mu.Lock()
	defer k.mu.Unlock()
	var kinds []cluster.Kind
	for _, kind := range k.source.Kinds() {
		if _, ok := k.missing[kind]; ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Counts is how many objects of each of the source's kinds are known.
func (k *Keeper) Counts() map[cluster.Kind]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := map[cluster.Kind]int{}
	for _, kind := range k.source.Kinds() {
		n[kind] = k.state.Count(kind)
	}
	return n
}

// Changes is how many steps were published.
func (k *Keeper) Changes() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changes
}

// Apply implements cluster.Sink.
func (k *Keeper) Apply(changes ...cluster.Change) {
	for _, p := range k.apply(changes) {
		k.Programmed(p.service, p.triggered)
	}
}

// apply publishes the changes, and returns what is to be told of them. A panic over one object must not lock out the next:
// who calls recovers from it.
func (k *Keeper) apply(changes []cluster.Change) []programmed {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.state.Apply(changes...)
	if !k.publish(d) || k.Programmed == nil {
		return nil
	}
	return k.programmed(d, changes)
}

// programmed is a Service whose endpoints are answered as somebody wanted them then.
type programmed struct {
	service   *cluster.Service
	triggered time.Time
}

// programmed is what the changes, of which DNS can see the delta, have done.
func (k *Keeper) programmed(d cluster.Delta, changes []cluster.Change) (done []programmed) {
	for _, c := range changes {
		sl, ok := c.Object.(*cluster.Slice)
		if !ok || c.Triggered.IsZero() || !slices.Contains(d.Services, sl.Owner()) {
			continue
		}
		if s := k.state.Service(sl.Owner()); s != nil {
			done = append(done, programmed{s, c.Triggered})
		}
	}
	return done
}

// Replace implements cluster.Sink.
func (k *Keeper) Replace(kinds []cluster.Kind, objects []cluster.Object, version uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.saved() {
		k.compare(kinds, objects)
	}
	k.publish(k.state.Replace(kinds, objects, version))
	if len(k.missing) == 0 {
		return
	}
	left := maps.Clone(k.missing)
	for _, kind := range kinds {
		delete(left, kind)
	}
	if len(left) > 0 {
		k.missing = left
		return
	}
	if k.saved() {
		k.stale(zone.Saved, false)
	} else {
		k.rebuild()
	}
	k.missing = left // not before: if an object is too much for a zone, the source tries again without it
	close(k.whole)
}

// rebuild publishes all that is known.
func (k *Keeper) rebuild() {
	for _, z := range k.zones {
		z.Rebuild(k.state)
	}
	k.changes++
	k.schedule() // what was taken away meanwhile
}

// publish publishes a step, unless nothing is published yet, and reports whether it did.
func (k *Keeper) publish(d cluster.Delta) bool {
	if !k.served() || d.Empty() {
		return false
	}
	for _, z := range k.zones {
		z.Update(k.state, d)
	}
	k.changes++
	k.schedule()
	return true
}

// schedule sees to it that what is held is let go of in time.
func (k *Keeper) schedule() {
	next, ok := k.state.NextRelease()
	if !ok || k.ended {
		return
	}
	if k.release != nil {
		k.release.Stop()
	}
	k.release = time.AfterFunc(time.Until(next), func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.ended {
			return
		}
		k.publish(k.state.Release(time.Now()))
		k.schedule()
	})
}
