package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

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

func (v *view) pods(a netip.Addr) []*ident { return ownersIn(v.pods4, v.pods6, a) }

// updatePod takes the addresses of the pod as it was out of the table, and puts in those of the pod as it is.
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
