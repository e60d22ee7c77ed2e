package cluster

// tally collects what one step touched, each thing once.
type tally struct {
	delta    Delta
	version  uint64 // of the cluster, as far as the step tells
	services map[Key]struct{}
	names    map[string]struct{}
	slices   map[Key]*Slice // as they were before the step; nil: there was none
	touched  []Key          // of slices, in order
	pods     []Diff
}

func (t *tally) service(k Key) {
	if t.services == nil {
		t.services = map[Key]struct{}{}
	}
	if _, ok := t.services[k]; !ok {
		t.services[k] = struct{}{}
		t.delta.Services = append(t.delta.Services, k)
	}
}

func (t *tally) slice(k Key, old *Slice) {
	if t.slices == nil {
		t.slices = map[Key]*Slice{}
	}
	if _, ok := t.slices[k]; !ok {
		t.slices[k] = old
		t.touched = append(t.touched, k)
	}
}

func (t *tally) namespace(n string) {
	if t.names == nil {
		t.names = map[string]struct{}{}
	}
	if _, ok := t.names[n]; !ok {
		t.names[n] = struct{}{}
		t.delta.Namespaces = append(t.delta.Namespaces, n)
	}
}
