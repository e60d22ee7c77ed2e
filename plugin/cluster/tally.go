package cluster

import "slices"

// tally collects what one step touched, each thing once.
type tally struct {
	version uint64 // of the cluster, as far as the step tells
	moving  bool   // the step may be half of a move
	names   list[string]
	groups  list[*group]
	slices  list[Key] // only if it may be half of a move
	before  []*Slice  // these slices as they were before the step; nil: there was none
	pods    []Diff
}

// slice is told of a slice as it was before; nil: there was none.
func (t *tally) slice(k Key, old *Slice) {
	if t.moving && t.slices.add(k) {
		t.before = append(t.before, old)
	}
}

// delta is what the step made, as far as DNS can see it.
func (t *tally) delta() (d Delta) {
	d.Namespaces = t.names.all
	if len(t.groups.all) > 0 {
		d.Services = make([]Key, len(t.groups.all))
	}
	for i, g := range t.groups.all {
		d.Services[i] = g.name()
	}
	if len(t.pods) > 0 {
		d.Pods = t.pods
	}
	if !d.Empty() {
		d.Version = t.version
	}
	return d
}

// list is some things, each once. The zero value is empty.
type list[K comparable] struct {
	all  []K
	seen map[K]struct{} // the same; nil while there are few
}

// few is up to how many it is faster to look at each.
const few = 16

// add adds k, and reports whether it was not there.
func (l *list[K]) add(k K) bool {
	if l.seen == nil {
		if slices.Contains(l.all, k) {
			return false
		}
		if len(l.all) == few {
			l.seen = map[K]struct{}{}
			for _, known := range l.all {
				l.seen[known] = struct{}{}
			}
		}
	}
	if l.seen != nil {
		if _, ok := l.seen[k]; ok {
			return false
		}
		l.seen[k] = struct{}{}
	}
	l.all = append(l.all, k)
	return true
}
