package keeper

import (
	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// Restore makes the objects what is known until the source tells of them: zones say so, and that it may be out of date. Each
// kind that is told of becomes what it is told to be, in one step like any other, and with the last one the picture is whole.
// What is gone by then is gone at once: a list shows both ends of a move, so nothing is held. Restore comes before any zone,
// and before Run; the version is that of the cluster then.
func (k *Keeper) Restore(objects []cluster.Object, version uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Replace(k.source.Kinds(), objects, version)
	k.stale(zone.Saved, true)
}

// Saved reports whether what is published is, in part, what was restored.
func (k *Keeper) Saved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saved()
}

// saved is Saved; mu is held.
func (k *Keeper) saved() bool { return k.doubts&zone.Saved != 0 }

// Confirmed is how what the source has told, the first time it told of a kind, differs from what was restored.
func (k *Keeper) Confirmed() cluster.Comparison {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.confirmed
}

// compare compares the objects with what was restored of the kinds that nothing was told of before.
func (k *Keeper) compare(kinds []cluster.Kind, objects []cluster.Object) {
	var first []cluster.Kind
	for _, kind := range kinds {
		if _, ok := k.missing[kind]; ok {
			first = append(first, kind)
		}
	}
	k.confirmed.Add(k.state.Compare(first, objects))
}

// served reports whether zones are published: all kinds were told of, or restored.
func (k *Keeper) served() bool { return k.saved() || len(k.missing) == 0 }

// Objects is all objects of a kind, in any order. The next step waits for that.
func (k *Keeper) Objects(kind cluster.Kind) []cluster.Object {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state.Objects(kind)
}

// Version is the greatest version of the cluster that was told; 0: nobody counts.
func (k *Keeper) Version() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state.Version()
}

// Kinds is the kinds of object that the source tells of.
func (k *Keeper) Kinds() []cluster.Kind { return k.source.Kinds() }
