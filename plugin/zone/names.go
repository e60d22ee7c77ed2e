package zone

import (
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

func (id *ident) key() key { return hashKey(hash([]byte(id.wire))) }

// names is what the one who updates keeps of namespaces.
type names struct {
	exposed map[string]struct{} // nil: all that exist
	idents  map[string]*ident   // of all that were ever seen
}

func newNames() *names { return &names{idents: map[string]*ident{}} }

// namespace is the ident of a namespace, the same one each time.
func (n *names) namespace(name string) *ident {
	id := n.idents[name]
	if id == nil {
		id = newIdent(name, "")
		n.idents[name] = id
	}
	return id
}

// only adds a namespace to those that are exposed.
func (n *names) only(name string) {
	if n.exposed == nil {
		n.exposed = map[string]struct{}{}
	}
	n.exposed[name] = struct{}{}
}

func (n *names) exposes(name string) bool {
	_, ok := n.exposed[name]
	return ok || n.exposed == nil
}

// namespace is the exposed namespace of that name, on the wire; nil if there is none.
func (z *Zone) namespace(v *view, wire []byte) *ident {
	if id, _ := v.namespaces.get(hashKey(hash(wire)), widthHash); id != nil && id.wire == string(wire) {
		return id
	}
	return nil
}

// locateNamespace finds NS.svc.ORIGIN and NS.pod.ORIGIN, which exist with the namespace.
func (z *Zone) locateNamespace(v *view, q *answer.Query, left int) node {
	if z.namespace(v, q.Wire(left-2, left-1)) == nil {
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
	ns := z.namespace(v, q.Wire(left-2, left-1))
	a, ok := parseDashed(q.Label(0))
	if ns == nil || !ok || z.spec.Pods == Verified && !slices.Contains(v.pods(a), ns) {
		return node{}
	}
	n := node{kind: podName, addrs: addresses{ttl: z.spec.TTL}}
	n.addrs.add(a)
	return n
}

// unitFor is the unit that the state makes of the name; nil if DNS knows nothing of it.
func (z *Zone) unitFor(v *view, s *cluster.State, k cluster.Key, old *unit) *unit {
	if z.namespace(v, []byte(z.names.namespace(k.Namespace).wire)) == nil {
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
