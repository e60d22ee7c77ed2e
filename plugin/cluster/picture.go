package cluster

import "slices"

// Objects is all objects of a kind, in any order. What is held counts as more slices, with names of their own that no list
// has: a picture of a move in between would lack the endpoint that moves.
func (s *State) Objects(k Kind) []Object {
	all := make([]Object, 0, s.Count(k))
	switch k {
	case KindNamespace:
		for n := range s.namespaces.all() {
			all = append(all, n)
		}
	case KindService, KindImport:
		for g := range s.groups[side(k == KindImport)].all() {
			if service := g.known(); service != nil {
				all = append(all, service)
			}
		}
	case KindSlice, KindImportSlice:
		for sl := range s.slices[side(k == KindImportSlice)].all() {
			all = append(all, sl)
		}
		for g := range s.holding {
			for _, h := range g.held() {
				if sl := *h.slice; sl.Imported == (k == KindImportSlice) {
					sl.Name += " saved" // what is held later has other names
					all = append(all, &sl)
				}
			}
		}
	case KindPod:
		for p := range s.pods.all() {
			all = append(all, p)
		}
	}
	return all
}

// Comparison is how a list of objects differs from what was known of them, as far as DNS can see it.
type Comparison struct{ Same, Changed, New, Gone int }

// Add adds what another list differs by.
func (c *Comparison) Add(d Comparison) {
	c.Same, c.Changed, c.New, c.Gone = c.Same+d.Same, c.Changed+d.Changed, c.New+d.New, c.Gone+d.Gone
}

// Compare compares the objects, which are all that there are of the kinds, with what is known. Those of other kinds do not
// count.
func (s *State) Compare(kinds []Kind, objects []Object) (c Comparison) {
	for _, k := range kinds {
		c.Gone += s.Count(k)
	}
	for _, o := range objects {
		r := o.Ref()
		if !slices.Contains(kinds, r.Kind) {
			continue
		}
		switch known := s.object(r); {
		case known == nil:
			c.New++
		case known.same(o):
			c.Same++
			c.Gone--
		default:
			c.Changed++
			c.Gone--
		}
	}
	return c
}

// object is the one of that name; nil if there is none.
func (s *State) object(r Ref) Object {
	imported := r.Kind == KindImport || r.Kind == KindImportSlice
	k := Key{r.Namespace, r.Name, imported}
	switch r.Kind {
	case KindNamespace:
		if n := s.namespaces.get("", r.Name); n != nil {
			return n
		}
	case KindService, KindImport:
		if known := s.Service(k); known != nil {
			return known
		}
	case KindSlice, KindImportSlice:
		if sl := s.slice(k); sl != nil {
			return sl
		}
	case KindPod:
		if p := s.pods.get(r.Namespace, r.Name); p != nil {
			return p
		}
	}
	return nil
}
