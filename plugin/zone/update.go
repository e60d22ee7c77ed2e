package zone

import (
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Rebuild publishes all of the state, as if nothing had been published before but serials; from then on the zone is
// complete. One goroutine at a time may call Rebuild and Update.
func (z *Zone) Rebuild(s *cluster.State) {
	v, e := newView(), &edit{bulk: true}
	v.complete = true
	s.Namespaces(func(n string) { z.expose(v, e, n, true) })
	s.Groups(func(k cluster.Key) { z.updateUnit(v, e, s, k) })
	s.Pods(func(p *cluster.Pod) { z.updatePod(v, e, cluster.Diff{New: p}) })
	v.pack()
	for i := range z.origins {
		v.soas = append(v.soas, newSOAs(&z.origins[i], z.begin(z.latest(z.origins[i].text), s.Version())))
	}
	v.outside.serial = z.begin(z.latestOutside(), s.Version())
	z.view.Store(v)
}

// pack makes the tables of a new view as small as they can be.
func (v *view) pack() {
	e := &edit{}
	v.units, v.imports, v.namespaces = v.units.packed(e), v.imports.packed(e), v.namespaces.packed(e)
	for _, t := range []interface{ pack(*edit) }{&v.owners, &v.pods, &v.outside.owners} {
		t.pack(e)
	}
}

// Update publishes what the state's change was. It has no effect before the first Rebuild.
func (z *Zone) Update(s *cluster.State, d cluster.Delta) {
	old := z.view.Load()
	if !old.complete || d.Empty() {
		return
	}
	v, e := &view{}, &edit{}
	*v = *old
	v.servers = new(atomic.Pointer[serverSets])
	m := z.newMoves(old, v, d.Version)
	for _, n := range d.Namespaces {
		if z.expose(v, e, n, s.Namespace(n)) {
			m.namespace(n)
		}
	}
	if len(d.Namespaces) > 0 {
		s.Groups(func(k cluster.Key) {
			if slices.Contains(d.Namespaces, k.Namespace) {
				before, now := z.updateUnit(v, e, s, k)
				m.unit(before, now, s.VersionOf(k))
			}
		})
	}
	for _, k := range d.Services {
		before, now := z.updateUnit(v, e, s, k)
		m.unit(before, now, s.VersionOf(k))
	}
	for _, p := range d.Pods {
		z.updatePod(v, e, p)
		m.pod(p)
	}
	m.all()
	v.soas = slices.Clone(old.soas)
	for i, moved := range m.moved {
		if moved {
			v.soas[i] = newSOAs(&z.origins[i], z.next(old.soas[i].answer.Serial, m.versions[i]))
		}
	}
	if m.outside != nil {
		v.outside.serial = z.next(old.outside.serial, slices.Max(m.outside))
	}
	e.shared = nil // branches keep their edit
	z.view.Store(v)
}

// updateUnit puts the unit that the state makes of the name in the place of the one that is published, and returns both;
// nil: there is none.
func (z *Zone) updateUnit(v *view, e *edit, s *cluster.State, k cluster.Key) (old, now *unit) {
	var b [128]byte
	name, units := hash(appendWire(b[:0], k.Namespace, k.Name)), v.unitsLike(k.Imported)
	old, _ = units.get(name)
	if now = z.unitFor(v, s, k, old); now == nil && old == nil {
		return nil, nil
	}
	id := now.orElse(old).id
	if now != nil {
		*units = units.set(e, name, now)
	} else {
		*units = units.drop(e, name)
	}
	v.outside.update(e, id, old, now)
	if old.long() || now.long() {
		v.updateMany(e, id, old, now)
		return old, now
	}
	old.addresses(now, func(a netip.Addr) {
		if !now.owns(a) {
			v.owners.remove(e, a, id)
		}
	})
	now.addresses(old, func(a netip.Addr) {
		if !old.owns(a) {
			v.owners.add(e, a, id)
		}
	})
	return old, now
}
