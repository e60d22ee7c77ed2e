package zone

import (
	"net/netip"
	"slices"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Rebuild publishes all of the state, as if nothing had been published before but a serial; from then on the zone is
// complete. One goroutine at a time may call Rebuild and Update.
func (z *Zone) Rebuild(s *cluster.State) {
	v, e := &view{complete: true}, &edit{}
	s.Namespaces(func(n string) { z.expose(v, e, n, true) })
	s.Groups(func(k cluster.Key) { z.updateUnit(v, e, s, k) })
	s.Pods(func(p *cluster.Pod) { z.updatePod(v, e, cluster.Diff{New: p}) })
	z.publish(v)
}

// Update publishes what the state's change was. It has no effect before the first Rebuild.
func (z *Zone) Update(s *cluster.State, d cluster.Delta) {
	old := z.view.Load()
	if !old.complete || d.Empty() {
		return
	}
	v, e := &view{}, &edit{}
	*v = *old
	for _, n := range d.Namespaces {
		z.expose(v, e, n, s.Namespace(n))
	}
	if len(d.Namespaces) > 0 {
		s.Groups(func(k cluster.Key) {
			if slices.Contains(d.Namespaces, k.Namespace) {
				z.updateUnit(v, e, s, k)
			}
		})
	}
	for _, k := range d.Services {
		z.updateUnit(v, e, s, k)
	}
	for _, p := range d.Pods {
		z.updatePod(v, e, p)
	}
	z.publish(v)
}

// publish makes the view the one that is answered from. The serial is the time of the last change, and moves forward
// (RFC 1912 2.2).
func (z *Zone) publish(v *view) {
	now := time.Now
	if z.now != nil {
		now = z.now
	}
	old := z.view.Load()
	v.serial, v.soas = max(uint32(now().Unix()), old.serial), old.soas
	if v.serial != old.serial {
		v.soas = z.newSOAs(v.serial)
	}
	z.view.Store(v)
}

func (z *Zone) expose(v *view, e *edit, name string, exists bool) {
	old := v.namespace(name)
	_, listed := z.exposed[name]
	switch now := exists && (listed || z.exposed == nil); {
	case now && old == nil:
		id := newIdent(name, "")
		v.namespaces = v.namespaces.set(e, id.key(), widthHash, id)
	case !now && old != nil:
		v.namespaces = v.namespaces.drop(e, old.key(), widthHash)
	}
}

// updateUnit puts the unit that the state makes of the name in the place of the one that is published.
func (z *Zone) updateUnit(v *view, e *edit, s *cluster.State, k cluster.Key) {
	id := newIdent(k.Namespace, k.Name)
	old := v.unitOf(id)
	now := z.unitFor(v, s, k, old)
	if old == nil && now == nil {
		return
	}
	if now != nil {
		v.units = v.units.set(e, id.key(), widthHash, now)
	} else {
		v.units = v.units.drop(e, id.key(), widthHash)
	}
	if old != nil {
		id = old.id
	}
	old.addresses(now, func(a netip.Addr) {
		if !now.owns(a) {
			v.disown(e, a, id)
		}
	})
	if now != nil {
		id = now.id
	}
	now.addresses(old, func(a netip.Addr) {
		if !old.owns(a) {
			v.own(e, a, id)
		}
	})
}

// addresses calls f with the addresses of the unit, but for those of slices that the other unit has too.
func (u *unit) addresses(other *unit, f func(netip.Addr)) {
	if u == nil {
		return
	}
	if u.service != nil {
		for _, a := range u.service.IPs {
			f(a)
		}
	}
	for _, sl := range u.slices {
		if other != nil && slices.Contains(other.slices, sl) {
			continue
		}
		for i := range sl.Endpoints {
			f(sl.Endpoints[i].Addr)
		}
	}
}

// slicesAt is the slices of the unit that have the address, and perhaps others.
func (u *unit) slicesAt(a netip.Addr) []*cluster.Slice {
	if u.index == nil {
		return u.slices
	}
	names, _ := u.index.slices.get(hashAddress(a), widthHash)
	var some []*cluster.Slice
	for _, n := range names {
		if sl := find(u.slices, n); sl != nil {
			some = append(some, sl)
		}
	}
	return some
}

func (z *Zone) updatePod(v *view, e *edit, d cluster.Diff) {
	if p, ok := d.Old.(*cluster.Pod); ok {
		for _, a := range p.IPs {
			change(&v.pods4, &v.pods6, e, a, func(l []*ident) []*ident {
				i := slices.IndexFunc(l, func(o *ident) bool { return o.namespace == p.Namespace })
				if i < 0 {
					return l
				}
				return slices.Delete(slices.Clone(l), i, i+1)
			})
		}
	}
	if p, ok := d.New.(*cluster.Pod); ok {
		id := v.namespace(p.Namespace)
		if id == nil {
			id = newIdent(p.Namespace, "")
		}
		for _, a := range p.IPs {
			change(&v.pods4, &v.pods6, e, a, func(l []*ident) []*ident { return append(slices.Clip(l), id) })
		}
	}
}

// own makes the ident an owner of the address.
func (v *view) own(e *edit, a netip.Addr, id *ident) {
	change(&v.addresses4, &v.addresses6, e, a, func(l []*ident) []*ident {
		if slices.Contains(l, id) {
			return l
		}
		return append(slices.Clip(l), id)
	})
}

// disown makes the ident no owner of the address.
func (v *view) disown(e *edit, a netip.Addr, id *ident) {
	change(&v.addresses4, &v.addresses6, e, a, func(l []*ident) []*ident {
		return slices.DeleteFunc(slices.Clone(l), func(o *ident) bool { return o == id })
	})
}

// change replaces the owners of an address by what f makes of them.
func change(t4, t6 *tree[*owners], e *edit, a netip.Addr, f func([]*ident) []*ident) {
	k, width := addressKey(a)
	t := t6
	if width == width4 {
		t = t4
	}
	old, _ := t.get(k, width)
	var before []*ident
	if old != nil {
		before = old.list
	}
	switch after := f(before); {
	case len(after) == 0:
		*t = t.drop(e, k, width)
	case len(after) == 1:
		*t = t.set(e, k, width, &after[0].alone)
	default:
		*t = t.set(e, k, width, &owners{after})
	}
}
