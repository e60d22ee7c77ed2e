package cluster

import (
	"slices"
	"strings"
)

// group is a Service and all that belongs to it. It is owned by the State; readers copy what they keep.
type group struct {
	service *Service  // only a name while nothing but slices of it is known
	one     [1]*Slice // its slice, while it has but one
	more    *more     // nil: it has at most one slice, and holds nothing
	version uint64    // of the last change to it that DNS can see
}

// more is what few groups have.
type more struct {
	slices []*Slice // in the order of their names, when there are several
	held   []held   // see hold.go
}

// placeholder is the Service of a group of which only the name is known.
func placeholder(k Key) *Service {
	return &Service{Namespace: k.Namespace, Name: k.Name, Imported: k.Imported, unknown: true}
}

// Ref names the Service, known or not.
func (g *group) Ref() Ref { return g.service.Ref() }

func (g *group) name() Key { return Key{g.service.Namespace, g.service.Name, g.service.Imported} }

// known is the Service; nil while only slices of it are known.
func (g *group) known() *Service {
	if g.service.unknown {
		return nil
	}
	return g.service
}

// slices is the slices of the group in the order of their names.
func (g *group) slices() []*Slice {
	switch {
	case g.more != nil && g.more.slices != nil:
		return g.more.slices
	case g.one[0] != nil:
		return g.one[:]
	}
	return nil
}

func (g *group) held() []held {
	if g.more == nil {
		return nil
	}
	return g.more.held
}

// set makes those what the group has. It takes the lists over.
func (g *group) set(all []*Slice, h []held) {
	var one *Slice
	if len(all) == 1 {
		one = all[0]
	}
	if len(all) < 2 {
		all = nil
	}
	g.one[0], g.more = one, nil
	if all != nil || len(h) > 0 {
		g.more = &more{all, h}
	}
}

// empty reports whether nothing is known of the group.
func (g *group) empty() bool { return g.service.unknown && g.one[0] == nil && g.more == nil }

// group is that of the name; nil if nothing is known of it.
func (s *State) group(k Key) *group { return s.groups[side(k.Imported)].get(k.Namespace, k.Name) }

// slice is the slice of that name of its own; nil if there is none.
func (s *State) slice(k Key) *Slice { return s.slices[side(k.Imported)].get(k.Namespace, k.Name) }

// addGroup adds the group of a Service of which nothing was known.
func (s *State) addGroup(service *Service) *group {
	g := &group{service: service}
	s.groups[side(service.Imported)].put(g)
	return g
}

// link puts the slice among those of its group, in the place of the one of its name.
func (s *State) link(sl *Slice) *group {
	k := sl.Owner()
	g := s.group(k)
	if g == nil {
		g = s.addGroup(placeholder(k))
	}
	all := g.slices()
	i, ok := slices.BinarySearchFunc(all, sl.Name, bySliceName)
	if ok {
		all[i] = sl
	} else {
		g.set(slices.Insert(all, i, sl), g.held())
	}
	return g
}

// unlink takes the slice away from its group.
func (s *State) unlink(sl *Slice) *group {
	g := s.group(sl.Owner())
	all := g.slices()
	if i, ok := slices.BinarySearchFunc(all, sl.Name, bySliceName); ok {
		g.set(slices.Concat(all[:i], all[i+1:]), g.held())
	}
	return g
}

// prune forgets a group that nothing is known of any more.
func (s *State) prune(g *group) {
	if k := g.name(); g.empty() {
		s.groups[side(k.Imported)].remove(k.Namespace, k.Name)
	}
}

func bySliceName(sl *Slice, name string) int { return strings.Compare(sl.Name, name) }
