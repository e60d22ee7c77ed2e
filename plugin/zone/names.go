package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// ident is what stays of a Service's or a namespace's name while what is known of it changes. Immutable.
type ident struct {
	namespace, name string // of a namespace: its name, and ""
	wire            string // its labels in a query's name
	alone           owners // the ident as the only owner
}

// owners is who has an address: Services, or, for pods, namespaces, one for each pod. Immutable.
type owners struct{ list []*ident }

func newIdent(namespace, name string) *ident {
	id := &ident{namespace: namespace, name: name}
	var b []byte
	if name != "" {
		b = append(append(b, byte(len(name))), name...)
	}
	b = append(append(b, byte(len(namespace))), namespace...)
	id.wire = string(b)
	id.alone.list = []*ident{id}
	return id
}

func (id *ident) key() key { return hashText(id.wire) }

// namespace is the exposed namespace of that name; nil if there is none.
func (v *view) namespace(name string) *ident {
	var b [64]byte
	return v.namespaceAt(append(append(b[:0], byte(len(name))), name...))
}

// namespaceAt is the exposed namespace of that name, on the wire; nil if there is none.
func (v *view) namespaceAt(wire []byte) *ident {
	id, _ := v.namespaces.get(hash(wire), widthHash)
	return id
}

// locateNamespace finds NS.svc.ORIGIN and NS.pod.ORIGIN, which exist with the namespace.
func (z *Zone) locateNamespace(v *view, q *answer.Query, left int) node {
	if v.namespaceAt(q.Wire(left-2, left-1)) == nil {
		return node{}
	}
	return node{kind: inner}
}

// locatePod finds names below pod.ORIGIN: NS, and ADDRESS.NS.
func (z *Zone) locatePod(v *view, q *answer.Query, left int) node {
	if z.spec.Pods == Disabled || left > 3 {
		return node{}
	}
	if left == 2 {
		return z.locateNamespace(v, q, left)
	}
	ns := v.namespaceAt(q.Wire(left-2, left-1))
	a, ok := parseDashed(q.Label(0))
	if ns == nil || !ok || z.spec.Pods == Verified && !v.hasPod(a, ns) {
		return node{}
	}
	n := node{kind: podName, addrs: addresses{ttl: z.spec.TTL}}
	n.addrs.add(a)
	return n
}

// hasPod reports whether a pod of the namespace has the address.
func (v *view) hasPod(a netip.Addr, namespace *ident) bool {
	return slices.ContainsFunc(v.pods(a), func(id *ident) bool { return id.namespace == namespace.namespace })
}

// unitFor is the unit that the state makes of the name; nil if DNS knows nothing of it.
func (z *Zone) unitFor(v *view, s *cluster.State, k cluster.Key, old *unit) *unit {
	if v.namespace(k.Namespace) == nil {
		return nil
	}
	service, all := s.Group(k)
	if service == nil && len(all) == 0 {
		return nil
	}
	u := &unit{service: service, slices: all}
	if old != nil {
		u.id = old.id
	} else {
		u.id = newIdent(k.Namespace, k.Name)
	}
	u.hosts = slices.ContainsFunc(all, func(sl *cluster.Slice) bool { return len(sl.FQDNs) > 0 })
	u.index = newIndex(old, u)
	return u
}
