package zone

import (
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// locateService finds names below svc.ORIGIN: NS, SVC.NS, EP.SVC.NS and _PORT._PROTO.SVC.NS; what is imported from
// another cluster has EP.CLUSTER.SVC.NS in the place of EP.SVC.NS.
func (z *Zone) locateService(v *view, q *answer.Query, o *origin, left int, n *node) {
	if left == 2 {
		z.locateNamespace(v, q, left, n)
		return
	}
	u, _ := find(v.unitsIn(o), hash(q.Wire(left-3, left-1)))
	switch {
	case u == nil || u.service == nil:
		n.why = z.noUnit(v, q, left)
		return
	case u.hidden:
		n.why = NoEndpoint
		return
	}
	n.unit = u
	sh := u.shelf.Load()
	if sh != nil {
		n.set, n.known = sh.find(q.Front(left-3), q.Type)
	}
	if n.known || left == 3 && u.service.Type == cluster.ClusterIP {
		n.kind = serviceName
		return
	}
	switch {
	case left == 4:
		n.below.endpoint = q.Label(0)
	case left == 5 && o.imports && q.Label(0)[0] != '_' && q.Label(1)[0] != '_':
		n.below.endpoint, n.below.cluster = q.Label(0), q.Label(1)
	case left == 5:
		n.below.ports, n.below.port, n.below.proto = true, strip(q.Label(0)), strip(q.Label(1))
		if z.spec.Strict.Ports && !(underscored(q.Label(0)) && underscored(q.Label(1))) {
			z.locateAbove(u, q, o, left, n)
			return
		}
	case left > 5:
		z.locatePlace(u, q, left, n)
		return
	}
	if n.set, n.known = sh.recall(&n.below, q.Type); n.known || u.exists(&n.below) {
		n.kind = serviceName
	} else if z.locateAbove(u, q, o, left, n); n.kind == absent {
		n.why = u.lacks(&n.below)
	}
}

// locateAbove finds names that exist because of others below them (RFC 8020 2): _PROTO, CLUSTER, _zone, pin._zone and
// prefer._zone in front of SVC.NS.
func (z *Zone) locateAbove(u *unit, q *answer.Query, o *origin, left int, n *node) {
	first, exists := q.Label(0), false
	switch {
	case left == 4 && first[0] == '_':
		exists = u.zonal(z) && string(first) == placeLabel || u.exists(&selector{ports: true, proto: strip(first)})
	case left == 4 && o.imports:
		exists = u.hasCluster(first)
	case left == 5:
		exists = u.zonal(z) && string(q.Label(1)) == placeLabel && (string(first) == pin || string(first) == prefer)
	}
	if exists {
		n.kind = inner
	}
}

// hasCluster reports whether some endpoint of the unit is from the cluster.
func (u *unit) hasCluster(id []byte) bool {
	return slices.ContainsFunc(u.slices, func(sl *cluster.Slice) bool {
		return sl.Cluster() == string(id) && listsAny(sl)
	})
}

// underscored reports whether the label is a name with an underscore in front.
func underscored(label []byte) bool { return label[0] == '_' && len(label) > 1 }

// strip takes away one underscore in front.
func strip(label []byte) []byte {
	if label[0] == '_' {
		return label[1:]
	}
	return label
}

// unitOf is the published unit of the ident; nil if there is none.
func (v *view) unitOf(id *ident) *unit {
	u, _ := find(v.unitsLike(id.imported), id.key())
	return u
}

// unitsIn is where the units are published whose names are in the origin.
func (v *view) unitsIn(o *origin) *tree[key, *unit] {
	if o.imports {
		return &v.imports
	}
	return &v.units
}

// unitsLike is where the units of ServiceImports are published, or all others.
func (v *view) unitsLike(imported bool) *tree[key, *unit] {
	if imported {
		return &v.imports
	}
	return &v.units
}
