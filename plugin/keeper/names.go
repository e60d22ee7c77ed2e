package keeper

import "github.com/kubenames/kubenames/plugin/cluster"

// Names calls f for the name of each object of the kind that is known. It must not call the keeper.
func (k *Keeper) Names(kind cluster.Kind, f func(namespace, name string)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Names(kind, f)
}
