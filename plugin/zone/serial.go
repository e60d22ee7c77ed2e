package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// The serial of a zone is the version of the cluster at the last change that DNS can see in that zone, so that servers
// that saw the same have the same. API servers number their changes in one row, over all kinds and from the cluster's
// first day. Where nobody numbers changes it is the time of the last one.

// serialBase is added to versions, modulo 2^32: it is ahead of the seconds and the dates that other servers make serials
// of, so that a secondary follows who takes their place.
const serialBase = 1 << 31

// ahead reports whether serial a is greater than b (RFC 1982 3.2).
func ahead(a, b uint32) bool { return int32(a-b) > 0 }

// Serial is the serial of a zone, 0 if it is none of those that are served or if nothing is known yet. Any goroutine may
// call it.
func (z *Zone) Serial(name string) uint32 {
	o := z.originOf(name)
	if o == nil {
		return 0
	}
	return z.view.Load().serial(o)
}

func (v *view) serial(o *origin) uint32 { return v.soas[o.index].answer.Serial }

// first is the serial of a version when there was none before.
func (z *Zone) first(version uint64) uint32 {
	if version == 0 {
		return uint32(z.now().Unix())
	}
	return serialBase + uint32(version)
}

// next is the serial of a version that comes after an old serial.
func (z *Zone) next(old uint32, version uint64) uint32 {
	if now := z.first(version); ahead(now, old) {
		return now
	}
	return old + 1
}

// Follow makes the zone take the place of another one, be it of another cluster: where both have an origin its serial goes
// on from the other's, for secondaries know that. It is to be called before anybody else has the zone.
func (z *Zone) Follow(o *Zone) {
	if z.before == nil {
		z.before = map[string]uint32{}
	}
	for _, text := range z.texts {
		z.before[text] = later(z.before[text], o.latest(text))
	}
	z.outsideBefore = later(z.outsideBefore, o.latestOutside())
}

// latest is the last serial that an origin is known to have had; 0: none.
func (z *Zone) latest(origin string) uint32 { return later(z.before[origin], z.Serial(origin)) }

func (z *Zone) latestOutside() uint32 { return later(z.outsideBefore, z.OutsideSerial()) }

// later is the greater one of two serials, of which 0 is none.
func later(a, b uint32) uint32 {
	if a == 0 || b != 0 && ahead(b, a) {
		return b
	}
	return a
}

// begin is the serial of a version when all is published anew, after another one; 0: there was none.
func (z *Zone) begin(last uint32, version uint64) uint32 {
	if last == 0 {
		return z.first(version)
	}
	return z.next(last, version)
}

// moves finds the zones in which DNS can see what an update changes.
type moves struct {
	z        *Zone
	old, now *view
	step     uint64   // version of the update
	moved    []bool   // by origin
	versions []uint64 // by origin, of what has moved it
	touched  []touched
	pods     []cluster.Object
	servers  []uint64 // versions of units whose change may be one of the servers
	outside  []uint64 // likewise, of units that are reached from outside
}

// touched is an address whose names may differ, and the version of what has touched it.
type touched struct {
	addr    netip.Addr
	version uint64
}

func (z *Zone) newMoves(old, now *view, step uint64) *moves {
	n := len(z.origins)
	return &moves{z: z, old: old, now: now, step: step, moved: make([]bool, n), versions: make([]uint64, n)}
}

// stays reports whether what happened at a version would not move the zone, or not further. One stream of changes may be
// ahead of another, so that a change shows what happened after it: a namespace, the Services in it. Then the latest
// counts, as on a server that was told in order.
func (m *moves) stays(o *origin, version uint64) bool {
	return m.moved[o.index] && version <= m.versions[o.index]
}

func (m *moves) move(o *origin, version uint64) {
	m.moved[o.index], m.versions[o.index] = true, max(version, m.versions[o.index])
}

// moveForward moves the forward zones that the name is in, without an origin; those alone in which it differs.
func (m *moves) moveForward(rel string, version uint64, differs func(*origin) bool) {
	for i := range m.z.origins {
		o := &m.z.origins[i]
		if !o.reverse && !m.stays(o, version) && m.z.inside(o, rel) && differs(o) {
			m.move(o, version)
		}
	}
}

// inside reports whether the name, without its origin, is one of the zone, and not of a zone below it.
func (z *Zone) inside(o *origin, rel string) bool {
	if !o.divided && z.nameable("", rel) {
		return true
	}
	q := new(answer.Query)
	if q.SetName(join(rel, o.text)) != nil {
		return false
	}
	found, _ := z.match(q)
	return found == o
}

func always(*origin) bool { return true }

// namespace is told that a namespace came or went.
func (m *moves) namespace(name string) {
	m.moveForward(name+".svc", m.step, always)
	if m.z.spec.Pods != Disabled {
		m.moveForward(name+".pod", m.step, always)
	}
}

// unit is told that a unit takes the place of another; either may be nil. The version is that of the last change to it.
func (m *moves) unit(old, now *unit, version uint64) {
	if old == nil && now == nil {
		return
	}
	u := now.orElse(old)
	version = max(version, m.step)
	if old.reached() || now.reached() {
		m.outside = append(m.outside, version)
	}
	d := &difference{z: m.z, old: old, now: now, strays: straysOf(old, now)}
	m.moveForward(u.rel(), version, func(o *origin) bool { return o.imports == u.id.imported && d.visible(o) })
	for _, a := range *m.z.local.Load() {
		if old.owns(a) || now.owns(a) {
			m.servers = append(m.servers, version)
		}
	}
	touch := func(a netip.Addr) { m.touched = append(m.touched, touched{a, version}) }
	if u.id.imported && old.known() != now.known() { // endpoints of a ServiceImport have names with it
		old.addresses(nil, touch)
		now.addresses(nil, touch)
		return
	}
	if before, after := old.ips(), now.ips(); before != after {
		for a := range before.All() {
			touch(a)
		}
		for a := range after.All() {
			touch(a)
		}
	}
	for _, s := range d.strays {
		touch(s.endpoint().Addr)
	}
}

// pod is told what became of a pod.
func (m *moves) pod(d cluster.Diff) {
	if m.z.spec.Pods == Verified {
		m.pods = append(m.pods, d.Old, d.New)
	}
}

// all finds the zones that move, once both views are whole.
func (m *moves) all() {
	if m.servers != nil && !m.z.servers(m.old, &m.z.origins[0]).Same(m.z.servers(m.now, &m.z.origins[0])) {
		for i := range m.z.origins {
			m.move(&m.z.origins[i], slices.Max(m.servers))
		}
	}
	for _, o := range m.pods {
		p, ok := o.(*cluster.Pod)
		if !ok {
			continue
		}
		for a := range p.IPs.All() {
			if m.old.podNamed(a, p.Namespace) != m.now.podNamed(a, p.Namespace) {
				m.moveForward(string(appendDashed(nil, a))+"."+p.Namespace+".pod", m.step, always)
			}
		}
	}
	for _, t := range m.touched {
		m.address(t.addr, t.version)
	}
}

// podNamed reports whether there is a name for a pod of the namespace with the address.
func (v *view) podNamed(a netip.Addr, namespace string) bool {
	return v.namespace(namespace) != nil && v.podOf(a, namespace)
}

// address moves the reverse zones in which something about the address differs.
func (m *moves) address(a netip.Addr, version uint64) {
	k, width := addressKey(a)
	var below *origin // the zone below, on the way to the address
	for i := range m.z.origins {
		o := &m.z.origins[i]
		if o.span.width != width || !o.span.has(k) {
			continue
		}
		switch {
		case m.stays(o, version):
		case below == nil && o.span.nibbles < width && m.differs(a), // it has the name
			below != nil && m.differsBetween(k, o, below):
			m.move(o, version)
		}
		below = o
	}
}

// differs reports whether what is said at the address's own name differs.
func (m *moves) differs(a netip.Addr) bool {
	return m.old.owners.has(a) != m.now.owners.has(a) || !m.z.pointers(m.old, a).Same(m.z.pointers(m.now, a))
}

// differsBetween reports whether a name between a reverse zone and one below it has come or gone.
func (m *moves) differsBetween(k key, above, below *origin) bool {
	step := uint8(2)
	if above.span.width == width6 {
		step = 1
	}
	for n := above.span.nibbles + step; n < below.span.nibbles; n += step {
		s := span{k.prefix(n), n, above.span.width}
		if m.old.owners.any(s) != m.now.owners.any(s) {
			return true
		}
	}
	return false
}
