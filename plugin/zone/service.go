package zone

import (
	"github.com/kubenames/kubenames/plugin/answer"
)

// locateService finds names below svc.ORIGIN: NS, SVC.NS, EP.SVC.NS and _PORT._PROTO.SVC.NS.
func (z *Zone) locateService(v *view, q *answer.Query, left int) node {
	if left == 2 {
		return z.locateNamespace(v, q, left)
	}
	if left > 5 {
		return node{}
	}
	u := v.unit(q.Wire(left-3, left-1))
	if u == nil || u.service == nil {
		return node{}
	}
	n := node{kind: serviceName, unit: u}
	switch left {
	case 4:
		n.below.endpoint = q.Label(0)
	case 5:
		n.below.ports, n.below.port, n.below.proto = true, strip(q.Label(0)), strip(q.Label(1))
	}
	if u.exists(n.below) {
		return n
	}
	if left == 4 && q.Label(0)[0] == '_' && u.exists(selector{ports: true, proto: strip(q.Label(0))}) {
		return node{kind: inner}
	}
	return node{}
}

// strip takes away one underscore in front.
func strip(label []byte) []byte {
	if label[0] == '_' {
		return label[1:]
	}
	return label
}

// unit is the published unit of that name, SVC and NS on the wire; nil if there is none.
func (v *view) unit(wire []byte) *unit {
	u, _ := v.units.get(hash(wire), widthHash)
	return u
}

// unitOf is the published unit of the ident; nil if there is none.
func (v *view) unitOf(id *ident) *unit {
	u, _ := v.units.get(id.key(), widthHash)
	return u
}
