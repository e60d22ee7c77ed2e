package trial

import (
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/world"
)

// snapshot is a cluster at a moment, by resource and by namespace/name. Immutable, and so are its objects.
type snapshot map[string]map[string]api.Object

func snap(w *world.World) snapshot { return snapshot(w.Objects).clone() }

func (s snapshot) clone() snapshot {
	c := snapshot{}
	for r, all := range s {
		c[r] = maps.Clone(all)
	}
	return c
}

// yaml is the objects of some resources as manifests, without marks.
func (s snapshot) yaml(resources ...string) string {
	var b strings.Builder
	for _, r := range resources {
		for _, key := range slices.Sorted(maps.Keys(s[r])) {
			if isMark(s[r][key]) {
				continue
			}
			text, err := yaml.Marshal(s[r][key])
			if err != nil {
				text = []byte("# " + err.Error() + "\n")
			}
			if b.Len() > 0 {
				b.WriteString("---\n")
			}
			b.Write(text)
		}
	}
	return b.String()
}

// changes is what there is in the snapshot that was not in the other, and what was in the other and is gone.
func (s snapshot) changes(before snapshot) (put, gone snapshot) {
	put, gone = snapshot{}, snapshot{}
	for r := range s {
		put[r], gone[r] = maps.Clone(s[r]), maps.Clone(before[r])
		maps.DeleteFunc(put[r], func(key string, o api.Object) bool { return before[r][key] == o })
		maps.DeleteFunc(gone[r], func(key string, _ api.Object) bool { return s[r][key] != nil })
	}
	return put, gone
}
