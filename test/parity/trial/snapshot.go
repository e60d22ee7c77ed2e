package trial

import (
	"maps"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/world"
)

// snapshot is a cluster at a moment, by resource and by namespace/name. Immutable, and so are its objects.
type snapshot map[string]map[string]api.Object

func snap(w *world.World) snapshot {
	s := snapshot{}
	for r, all := range w.Objects {
		s[r] = maps.Clone(all)
	}
	return s
}
