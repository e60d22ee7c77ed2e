package cluster

import (
	"slices"
	"strings"
	"time"
)

// State is all that is known of a cluster now. It is owned: one goroutine at a time may use it.
type State struct {
	namespaces map[string]*Namespace
	groups     map[Key]*Group
	slices     map[Key]*Slice // by the Slice's own namespace and name
	pods       map[Key]*Pod
	now        func() time.Time
	holding    map[Key]struct{} // groups that hold endpoints
	services   [2]int           // and ServiceImports
	listed     [2]int           // slices of the former, and of the latter
	holds      int              // so far: names what is held
	version    uint64           // the greatest that was told
}

// Group is a Service and all that belongs to it. Readers copy what they keep.
type Group struct {
	Service *Service // nil while only slices of it are known
	Slices  []*Slice // in the order of their names
	held    []held   // see hold.go
	version uint64   // of the last change to it that DNS can see
}

// NewState is the empty cluster.
func NewState() *State {
	return &State{
		namespaces: map[string]*Namespace{},
		groups:     map[Key]*Group{},
		slices:     map[Key]*Slice{},
		pods:       map[Key]*Pod{},
		holding:    map[Key]struct{}{},
		now:        time.Now,
	}
}

// Apply makes the changes, in order, as one step.
func (s *State) Apply(changes ...Change) Delta {
	var t tally
	for _, c := range changes {
		t.version = max(t.version, c.Version)
		s.apply(c, &t)
	}
	return s.finish(&t, true)
}

// Replace makes the objects all that there are of the kinds, as one step. The version is as in a Change.
func (s *State) Replace(kinds []Kind, objects []Object, version uint64) Delta {
	t := tally{version: version}
	seen := make(map[Ref]struct{}, len(objects))
	for _, o := range objects {
		if r := o.Ref(); slices.Contains(kinds, r.Kind) {
			seen[r] = struct{}{}
			s.apply(Put(o), &t)
		}
	}
	for _, k := range kinds {
		for _, r := range s.refs(k) {
			if _, ok := seen[r]; !ok {
				s.apply(Gone(r), &t)
			}
		}
	}
	s.drop(&t, slices.Contains(kinds, KindSlice), slices.Contains(kinds, KindImportSlice))
	return s.finish(&t, false) // a list shows both ends of a move
}

// Namespace reports whether the namespace exists.
func (s *State) Namespace(name string) bool { return s.namespaces[name] != nil }

// Namespaces calls f for each namespace.
func (s *State) Namespaces(f func(name string)) {
	for n := range s.namespaces {
		f(n)
	}
}

// Group is the Service of that name with its slices in the order of their names; what is held of it counts as more
// slices, with names of their own. A nil Service and no slices when nothing is known of it.
func (s *State) Group(k Key) (*Service, []*Slice) {
	g := s.groups[k]
	if g == nil {
		return nil, nil
	}
	all := slices.Clone(g.Slices)
	for _, h := range g.held {
		all = append(all, h.slice)
	}
	if len(g.held) > 0 {
		slices.SortFunc(all, func(a, b *Slice) int { return strings.Compare(a.Name, b.Name) })
	}
	return g.Service, all
}

// Service is the Service of that name; nil if there is none.
func (s *State) Service(k Key) *Service {
	if g := s.groups[k]; g != nil {
		return g.Service
	}
	return nil
}

// Groups calls f for each Service, and for each name that only slices are known of.
func (s *State) Groups(f func(Key)) {
	for k := range s.groups {
		f(k)
	}
}

// Pods calls f for each pod.
func (s *State) Pods(f func(*Pod)) {
	for _, p := range s.pods {
		f(p)
	}
}

// Count is the number of objects of a kind.
func (s *State) Count(k Kind) int {
	switch k {
	case KindNamespace:
		return len(s.namespaces)
	case KindService, KindImport:
		return s.services[side(k == KindImport)]
	case KindSlice, KindImportSlice:
		return s.listed[side(k == KindImportSlice)]
	case KindPod:
		return len(s.pods)
	}
	return 0
}

func (s *State) refs(k Kind) []Ref {
	var refs []Ref
	switch k {
	case KindNamespace:
		for n := range s.namespaces {
			refs = append(refs, Ref{k, "", n})
		}
	case KindService, KindImport:
		for key, g := range s.groups {
			if g.Service != nil && key.Imported == (k == KindImport) {
				refs = append(refs, Ref{k, key.Namespace, key.Name})
			}
		}
	case KindSlice, KindImportSlice:
		for key := range s.slices {
			if key.Imported == (k == KindImportSlice) {
				refs = append(refs, Ref{k, key.Namespace, key.Name})
			}
		}
	case KindPod:
		for key := range s.pods {
			refs = append(refs, Ref{k, key.Namespace, key.Name})
		}
	}
	return refs
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
	known := s.namespaces[c.Ref.Name] != nil
	if c.Object == nil {
		delete(s.namespaces, c.Ref.Name)
	} else {
		s.namespaces[c.Ref.Name] = c.Object.(*Namespace)
	}
	if known != (c.Object != nil) {
		t.namespace(c.Ref.Name)
	}
}

func (s *State) applyService(k Key, o Object, t *tally) {
	if o == nil {
		if g := s.groups[k]; g != nil && g.Service != nil {
			g.Service = nil
			s.services[side(k.Imported)]--
			s.prune(k, g)
			t.service(k)
		}
		return
	}
	g := s.group(k)
	if g.Service == nil {
		s.services[side(k.Imported)]++
	} else if g.Service.same(o) {
		return
	}
	g.Service = o.(*Service)
	t.service(k)
}

func (s *State) applySlice(k Key, o Object, t *tally) {
	old := s.slices[k]
	var now *Slice
	if o != nil {
		now = o.(*Slice)
	}
	switch {
	case old == nil && now == nil:
		return
	case now == nil:
		delete(s.slices, k)
	default:
		s.slices[k] = now
	}
	if old != nil {
		s.listed[side(k.Imported)]--
		s.unlink(old.Owner(), old)
	}
	if now != nil {
		s.listed[side(k.Imported)]++
		s.link(now.Owner(), now)
	}
	t.slice(k, old)
	if old != nil && now != nil && old.same(now) {
		return
	}
	if old != nil {
		t.service(old.Owner())
	}
	if now != nil {
		t.service(now.Owner())
	}
}

func (s *State) applyPod(k Key, o Object, t *tally) {
	old := s.pods[k]
	switch {
	case o == nil && old == nil:
		return
	case o == nil:
		delete(s.pods, k)
		t.pods = append(t.pods, Diff{Old: old})
	case old == nil:
		s.pods[k] = o.(*Pod)
		t.pods = append(t.pods, Diff{New: o})
	case !old.same(o):
		s.pods[k] = o.(*Pod)
		t.pods = append(t.pods, Diff{old, o})
	}
}

// side is where State counts what is imported, or not.
func side(imported bool) int {
	if imported {
		return 1
	}
	return 0
}

func (s *State) group(k Key) *Group {
	g := s.groups[k]
	if g == nil {
		g = &Group{}
		s.groups[k] = g
	}
	return g
}

func (s *State) link(k Key, sl *Slice) {
	g := s.group(k)
	i, _ := slices.BinarySearchFunc(g.Slices, sl.Name, bySliceName)
	g.Slices = slices.Insert(g.Slices, i, sl)
}

func (s *State) unlink(k Key, sl *Slice) {
	g := s.groups[k]
	if i, ok := slices.BinarySearchFunc(g.Slices, sl.Name, bySliceName); ok {
		g.Slices = slices.Delete(g.Slices, i, i+1)
	}
}

// prune forgets a group that nothing is known of any more.
func (s *State) prune(k Key, g *Group) {
	if g.Service == nil && len(g.Slices) == 0 && len(g.held) == 0 {
		delete(s.groups, k)
	}
}

func bySliceName(sl *Slice, name string) int { return strings.Compare(sl.Name, name) }
