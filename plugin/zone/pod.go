package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// locatePod finds names below pod.ORIGIN: NS, and ADDRESS.NS.
func (z *Zone) locatePod(v *view, q *answer.Query, left int, n *node) {
	switch {
	case z.spec.Pods == Disabled:
		n.why = PodsDisabled
		return
	case left > 3:
		return
	case left == 2:
		z.locateNamespace(v, q, left, n)
		return
	}
	ns := v.namespaceAt(q.Wire(left-2, left-1))
	if ns == nil {
		n.why = z.noNamespace(q.Label(left - 2))
		return
	}
	a, ok := parseDashed(q.Label(0))
	if !ok || z.spec.Pods == Verified && !v.podOf(a, ns.name()) {
		n.why = NoPod
		return
	}
	n.kind, n.addr = podName, a
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

// podOf reports whether a pod of the namespace has the address.
func (v *view) podOf(a netip.Addr, namespace string) bool {
	alone, shared := v.pods.at(a)
	return alone != nil && alone.Namespace == namespace ||
		slices.ContainsFunc(shared, func(p *cluster.Pod) bool { return p.Namespace == namespace })
}

// updatePod takes the addresses of the pod as it was out of the table, and puts in those of the pod as it is.
func (z *Zone) updatePod(v *view, e *edit, d cluster.Diff) {
	if p, ok := d.Old.(*cluster.Pod); ok {
		for a := range p.IPs.All() {
			v.pods.remove(e, a, p)
		}
	}
	if p, ok := d.New.(*cluster.Pod); ok {
		for a := range p.IPs.All() {
			v.pods.add(e, a, p)
		}
	}
}
