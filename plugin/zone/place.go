package zone

import (
	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// A headless Service has names for the endpoints of one place (a topology zone, in Kubernetes' words):
// PLACE.pin._zone.SVC.NS.svc for these and no others, PLACE.prefer._zone.SVC.NS.svc for these or, if there is none,
// all. A place may have dots in its name.
const (
	placeLabel = "_zone"
	pin        = "pin"
	prefer     = "prefer"
)

// zonal reports whether the unit has names for places, with endpoints or without; a nil unit has none.
func (u *unit) zonal(z *Zone) bool {
	return z.spec.Zonal && u.known() && !u.id.imported && u.service.Type == cluster.Headless
}

// locatePlace finds names of more than two labels in front of SVC.NS.
func (z *Zone) locatePlace(u *unit, q *answer.Query, left int, n *node) {
	if !u.zonal(z) || string(q.Label(left-4)) != placeLabel {
		return
	}
	directive := string(q.Label(left - 5))
	if directive != pin && directive != prefer {
		return
	}
	n.below.place = u.place(q.Wire(0, left-5))
	if n.below.place != "" || directive == prefer && u.exists(&n.below) {
		n.kind = serviceName
		return
	}
	n.kind = inner // whatever the place: clients may not tell a typing error from a place that is drained
}

// place is the name of the place, spelled with dots, if some endpoint is there; else "".
func (u *unit) place(wire []byte) string {
	for _, sl := range u.slices {
		for _, p := range sl.Places() {
			if p != "" && onWire(p, wire) {
				return p
			}
		}
	}
	return ""
}

// onWire reports whether the labels on the wire spell the text.
func onWire(text string, wire []byte) bool {
	if len(text)+1 != len(wire) {
		return false
	}
	next := 0 // where a length stands
	for i, c := range wire {
		switch {
		case i == next && i > 0 && text[i-1] != '.':
			return false
		case i == next:
			next += 1 + int(c)
		case text[i-1] != c:
			return false
		}
	}
	return next == len(wire)
}

// isAt reports whether endpoint i of the slice is selected by its place.
func (s *selector) isAt(sl *cluster.Slice, i int) bool {
	if s.place == "" {
		return true
	}
	places := sl.Places()
	return places != nil && places[i] == s.place
}
