package zone

import (
	"github.com/kubenames/kubenames/plugin/answer"
)

// namespace is the exposed namespace of that name; nil if there is none.
func (v *view) namespace(name string) *ident {
	var b [64]byte
	return v.namespaceAt(appendWire(b[:0], name, ""))
}

// namespaceAt is the exposed namespace of that name, on the wire; nil if there is none.
func (v *view) namespaceAt(wire []byte) *ident {
	id, _ := find(&v.namespaces, hash(wire))
	return id
}

// locateNamespace finds NS.svc.ORIGIN and NS.pod.ORIGIN, which exist with the namespace.
func (z *Zone) locateNamespace(v *view, q *answer.Query, left int, n *node) {
	if v.namespaceAt(q.Wire(left-2, left-1)) == nil {
		n.why = z.noNamespace(q.Label(left - 2))
		return
	}
	n.kind = inner
}

// expose puts the namespace among those that are exposed, or takes it away, and reports whether it did.
func (z *Zone) expose(v *view, e *edit, name string, exists bool) bool {
	old := v.namespace(name)
	_, listed := z.exposed[name]
	switch now := exists && (listed || z.exposed == nil); {
	case now && old == nil:
		id := newIdent(name, "")
		v.namespaces = v.namespaces.set(e, id.key(), id)
		return true
	case !now && old != nil:
		v.namespaces = v.namespaces.drop(e, old.key())
		return true
	}
	return false
}
