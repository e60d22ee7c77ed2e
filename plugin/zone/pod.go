package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// pods is the pods by their addresses. Most addresses are of one pod; those that pods share, as on the network of their
// node, are apart. Immutable.
type pods struct {
	alone4, alone6   tree[*cluster.Pod]
	shared4, shared6 tree[[]*cluster.Pod]
}

// locatePod finds names below pod.ORIGIN: NS, and ADDRESS.NS.
func (z *Zone) locatePod(v *view, q *answer.Query, left int) node {
	switch {
	case z.spec.Pods == Disabled:
		return node{why: PodsDisabled}
	case left > 3:
		return node{}
	case left == 2:
		return z.locateNamespace(v, q, left)
	}
	ns := v.namespaceAt(q.Wire(left-2, left-1))
	if ns == nil {
		return node{why: z.noNamespace(q.Label(left - 2))}
	}
	a, ok := parseDashed(q.Label(0))
	if !ok || z.spec.Pods == Verified && !v.pods.in(a, ns.namespace) {
		return node{why: NoPod}
	}
	n := node{kind: podName, addrs: addresses{ttl: z.spec.TTL}}
	n.addrs.add(a)
	return n
}

// Client is the pod that talks from the address. It is nil if none has it, or several, or one that is on the network of
// its node, from which others talk too; and if pods are not verified. Any goroutine may call it.
func (z *Zone) Client(a netip.Addr) *cluster.Pod {
	if z.spec.Pods != Verified || !a.IsValid() {
		return nil
	}
	p, _ := z.view.Load().pods.at(a.Unmap().WithZone(""))
	if p == nil || p.Host {
		return nil
	}
	return p
}

// in reports whether a pod of the namespace has the address.
func (t *pods) in(a netip.Addr, namespace string) bool {
	alone, shared := t.at(a)
	return alone != nil && alone.Namespace == namespace ||
		slices.ContainsFunc(shared, func(p *cluster.Pod) bool { return p.Namespace == namespace })
}

// at is the only pod that has the address, or else all that share it.
func (t *pods) at(a netip.Addr) (alone *cluster.Pod, shared []*cluster.Pod) {
	k, width := addressKey(a)
	ones, many := t.trees(width)
	if alone, _ = ones.get(k, width); alone == nil {
		shared, _ = many.get(k, width)
	}
	return alone, shared
}

// put puts in what has the address.
func (t *pods) put(e *edit, a netip.Addr, all []*cluster.Pod) {
	k, width := addressKey(a)
	ones, many := t.trees(width)
	switch len(all) {
	case 0:
		*ones, *many = ones.drop(e, k, width), many.drop(e, k, width)
	case 1:
		*ones, *many = ones.set(e, k, width, all[0]), many.drop(e, k, width)
	default:
		*ones, *many = ones.drop(e, k, width), many.set(e, k, width, all)
	}
}

func (t *pods) trees(width uint8) (ones *tree[*cluster.Pod], many *tree[[]*cluster.Pod]) {
	if width == width4 {
		return &t.alone4, &t.shared4
	}
	return &t.alone6, &t.shared6
}

// all is who has the address; who calls it may append.
func (t *pods) all(a netip.Addr) []*cluster.Pod {
	alone, shared := t.at(a)
	if alone != nil {
		return []*cluster.Pod{alone}
	}
	return slices.Clip(shared)
}

// updatePod takes the addresses of the pod as it was out of the table, and puts in those of the pod as it is.
func (z *Zone) updatePod(v *view, e *edit, d cluster.Diff) {
	if p, ok := d.Old.(*cluster.Pod); ok {
		for _, a := range p.IPs {
			v.pods.put(e, a, slices.DeleteFunc(slices.Clone(v.pods.all(a)), func(o *cluster.Pod) bool { return o == p }))
		}
	}
	if p, ok := d.New.(*cluster.Pod); ok {
		for _, a := range p.IPs {
			v.pods.put(e, a, append(v.pods.all(a), p))
		}
	}
}
