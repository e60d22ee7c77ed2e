package zone

// Stats counts what is published.
type Stats struct {
	Namespaces int // that are exposed
	Services   int // names SVC.NS.svc
	Imports    int // the same of ServiceImports
	Endpoints  int // ready addresses below them, of both
	Pods       int // addresses that have a name below pod
	Pointers   int // addresses that have PTR records
	Outside    int // external IPs that have a Service

	Answers, Bytes int // that are remembered, and about how much memory they take
}

// Stats counts what is published now. It looks at every unit, and stops nobody. Any goroutine may call it.
func (z *Zone) Stats() Stats {
	v := z.view.Load()
	s := Stats{
		Namespaces: v.namespaces.len,
		Pods:       v.pods.len(),
		Pointers:   v.owners.len(),
		Outside:    v.outside.owners.len(),
	}
	if z.spec.Pods != Verified {
		s.Pods = 0
	}
	v.units.each(func(u *unit) { s.add(u, &s.Services) })
	v.imports.each(func(u *unit) { s.add(u, &s.Imports) })
	return s
}

// add counts a unit, and its name in names.
func (s *Stats) add(u *unit, names *int) {
	if u.service != nil && !u.hidden {
		*names++
		for _, sl := range u.slices {
			s.Endpoints += sl.Size()
		}
	}
	if all := u.shelf.Load(); all != nil {
		s.Answers += len(*all)
		for i := range *all {
			s.Bytes += (*all)[i].set.Bytes()
		}
	}
}
