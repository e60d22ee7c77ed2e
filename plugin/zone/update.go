package zone

import (
	"net/netip"
	"slices"

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
	old := z.view.Load()
	v.serial, v.soas = max(uint32(z.now().Unix()), old.serial), old.soas
	if v.serial != old.serial {
		v.soas = z.newSOAs(v.serial)
	}
	z.view.Store(v)
}

// updateUnit puts the unit that the state makes of the name in the place of the one that is published.
func (z *Zone) updateUnit(v *view, e *edit, s *cluster.State, k cluster.Key) {
	id := newIdent(k.Namespace, k.Name)
	id.imported = k.Imported
	old := v.unitOf(id)
	if old != nil {
		id = old.id
	}
	now := z.unitFor(v, s, k, id, old)
	if old == nil && now == nil {
		return
	}
	units := v.unitsLike(id)
	if now != nil {
		*units = units.set(e, id.key(), widthHash, now)
	} else {
		*units = units.drop(e, id.key(), widthHash)
	}
	v.outside.update(e, id, old, now)
	old.addresses(now, func(a netip.Addr) {
		if !now.owns(a) {
			v.disown(e, a, id)
		}
	})
	now.addresses(old, func(a netip.Addr) {
		if !old.owns(a) {
			v.own(e, a, id)
		}
	})
}
