package cluster

import (
	"slices"
	"time"
)

// State is all that is known of a cluster now. It is owned: one goroutine at a time may use it.
type State struct {
	namespaces table[*Namespace]
	groups     [2]table[*group] // of Services, and of ServiceImports
	slices     [2]table[*Slice] // of the former, and of the latter
	pods       table[*Pod]
	now        func() time.Time
	holding    map[*group]struct{} // that hold endpoints
	services   [2]int              // and ServiceImports
	holds      int                 // so far: names what is held
	version    uint64              // the greatest that was told
}

// NewState is the empty cluster.
func NewState() *State {
	return &State{holding: map[*group]struct{}{}, now: time.Now}
}

// Apply makes the changes, in order, as one step.
func (s *State) Apply(changes ...Change) Delta {
	t := tally{moving: true}
	for _, c := range changes {
		t.version = max(t.version, c.Version)
		s.apply(c, &t)
	}
	return s.finish(&t)
}

// Replace makes the objects all that there are of the kinds, as one step. The version is as in a Change.
func (s *State) Replace(kinds []Kind, objects []Object, version uint64) Delta {
	t := tally{version: version} // not moving: a list shows both ends of a move
	known := make([]listed, len(kinds))
	for i, k := range kinds {
		if s.Count(k) > 0 {
			known[i] = s.table(k)
			known[i].unmark() // a step that broke off may have left some
		} else {
			s.expect(k, objects, &t)
		}
	}
	for _, o := range objects {
		r := o.Ref()
		i := slices.Index(kinds, r.Kind)
		if i < 0 {
			continue
		}
		s.apply(Put(o), &t)
		if known[i] != nil {
			known[i].mark(r.Namespace, r.Name)
		}
	}
	for i := range known {
		if known[i] == nil {
			continue
		}
		for _, r := range known[i].unmarked() {
			s.apply(Gone(r), &t)
		}
	}
	s.drop(&t, slices.Contains(kinds, KindSlice), slices.Contains(kinds, KindImportSlice))
	return s.finish(&t)
}

// Namespace reports whether the namespace exists.
func (s *State) Namespace(name string) bool { return s.namespaces.get("", name) != nil }

// Namespaces calls f for each namespace.
func (s *State) Namespaces(f func(name string)) {
	for n := range s.namespaces.all() {
		f(n.Name)
	}
}

// Group is the Service of that name with its slices in the order of their names; what is held of it counts as more
// slices, with names of their own. A nil Service and no slices when nothing is known of it.
func (s *State) Group(k Key) (*Service, []*Slice) {
	g := s.group(k)
	if g == nil {
		return nil, nil
	}
	return g.known(), g.parts()
}

// Service is the Service of that name; nil if there is none.
func (s *State) Service(k Key) *Service {
	if g := s.group(k); g != nil {
		return g.known()
	}
	return nil
}

// Groups calls f for each Service, and for each name that only slices are known of.
func (s *State) Groups(f func(Key)) {
	for i := range s.groups {
		for g := range s.groups[i].all() {
			f(g.name())
		}
	}
}

// Pods calls f for each pod.
func (s *State) Pods(f func(*Pod)) {
	for p := range s.pods.all() {
		f(p)
	}
}

// Names calls f for the name of each object of a kind, and of each Service that only slices are known of.
func (s *State) Names(k Kind, f func(namespace, name string)) { s.table(k).names(f) }

// Count is the number of objects of a kind.
func (s *State) Count(k Kind) int {
	switch k {
	case KindNamespace:
		return s.namespaces.len
	case KindService, KindImport:
		return s.services[side(k == KindImport)]
	case KindSlice, KindImportSlice:
		return s.slices[side(k == KindImportSlice)].len
	case KindPod:
		return s.pods.len
	}
	return 0
}

// expect makes room for the objects of a kind of which there are none.
func (s *State) expect(k Kind, objects []Object, t *tally) {
	n := 0
	for _, o := range objects {
		if o.Ref().Kind == k {
			n++
		}
	}
	s.table(k).reserve(n)
	if k == KindPod {
		t.pods = make([]Diff, 0, n)
	}
}

// listed is objects of which a list says which there still are.
type listed interface {
	reserve(n int)
	mark(namespace, name string)
	unmark()
	unmarked() []Ref
	names(f func(namespace, name string))
}

// table is the objects of a kind; of Services, their groups.
func (s *State) table(k Kind) listed {
	switch k {
	case KindService, KindImport:
		return &s.groups[side(k == KindImport)]
	case KindSlice, KindImportSlice:
		return &s.slices[side(k == KindImportSlice)]
	case KindPod:
		return &s.pods
	}
	return &s.namespaces
}

func (s *State) apply(c Change, t *tally) {
	kind := c.Ref.Kind
	key := Key{c.Ref.Namespace, c.Ref.Name, kind == KindImport || kind == KindImportSlice}
	switch kind {
	case KindNamespace:
		s.applyNamespace(c, t)
	case KindService, KindImport:
		s.applyService(key, c.Object, t)
	case KindSlice, KindImportSlice:
		s.applySlice(key, c.Object, t)
	case KindPod:
		s.applyPod(key, c.Object, t)
	}
}

func (s *State) applyNamespace(c Change, t *tally) {
	known := s.Namespace(c.Ref.Name)
	if c.Object == nil {
		s.namespaces.remove("", c.Ref.Name)
	} else {
		s.namespaces.put(c.Object.(*Namespace))
	}
	if known != (c.Object != nil) {
		t.names.add(c.Ref.Name)
	}
}

func (s *State) applyService(k Key, o Object, t *tally) {
	g := s.group(k)
	if o == nil {
		if g != nil && g.known() != nil {
			g.service = placeholder(k)
			s.services[side(k.Imported)]--
			t.groups.add(g)
		}
		return
	}
	now := o.(*Service)
	switch {
	case g == nil:
		g = s.addGroup(now)
		s.services[side(k.Imported)]++
	case g.known() == nil:
		s.services[side(k.Imported)]++
	case g.service.same(o):
		return
	}
	g.service = now
	t.groups.add(g)
}

func (s *State) applySlice(k Key, o Object, t *tally) {
	known := &s.slices[side(k.Imported)]
	old := known.get(k.Namespace, k.Name)
	if o == nil {
		if old != nil {
			known.remove(k.Namespace, k.Name)
			t.slice(k, old)
			t.groups.add(s.unlink(old))
		}
		return
	}
	now := o.(*Slice)
	if old != nil && old.same(now) && old.Unready() == now.Unready() {
		return // answers hold the one that is known: a list makes no second copy of a cluster
	}
	known.put(now)
	t.slice(k, old)
	if old != nil && old.Service != now.Service {
		t.groups.add(s.unlink(old))
	}
	if g := s.link(now); old == nil || !old.same(now) {
		t.groups.add(g)
	}
}

func (s *State) applyPod(k Key, o Object, t *tally) {
	old := s.pods.get(k.Namespace, k.Name)
	switch {
	case o == nil && old == nil:
		return
	case o == nil:
		s.pods.remove(k.Namespace, k.Name)
		t.pods = append(t.pods, Diff{Old: old})
	case old == nil:
		s.pods.put(o.(*Pod))
		t.pods = append(t.pods, Diff{New: o})
	case !old.same(o):
		s.pods.put(o.(*Pod))
		t.pods = append(t.pods, Diff{old, o})
	}
}

// side is where State keeps what is imported, or not.
func side(imported bool) int {
	if imported {
		return 1
	}
	return 0
}
