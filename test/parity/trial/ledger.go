package trial

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/world"
)

// ledger is a world.Sink that hands on, and notes what names depend on was written: services and those of slices as
// SVC.NS, namespaces, addresses, and objects as RESOURCE/NS/NAME. It belongs to one goroutine.
type ledger struct {
	world.Sink
	writes [][]string // since the last step
	at     map[string]time.Time
	was    map[string][]string // what the object decided, by RESOURCE/NS/NAME
}

func newLedger(s world.Sink) *ledger {
	return &ledger{s, nil, map[string]time.Time{}, map[string][]string{}}
}

// Put notes what the object says, and hands it on.
func (l *ledger) Put(resource string, o api.Object) {
	key, now := resource+"/"+o.GetNamespace()+"/"+o.GetName(), dependents(o)
	l.note(append(slices.Concat(now, l.was[key]), key)...)
	l.was[key] = now
	l.Sink.Put(resource, o)
}

// Remove notes which object it was, and hands it on.
func (l *ledger) Remove(resource, namespace, name string) {
	key := resource + "/" + namespace + "/" + name
	l.note(append(slices.Clone(l.was[key]), key)...)
	delete(l.was, key)
	l.Sink.Remove(resource, namespace, name)
}

func (l *ledger) note(on ...string) {
	l.writes = append(l.writes, on)
	for _, s := range on {
		l.at[s] = time.Now()
	}
}

// quiet reports whether nothing of it was written for a while.
func (l *ledger) quiet(on []string) bool {
	return !slices.ContainsFunc(on, func(s string) bool { return time.Since(l.at[s]) < calm })
}

// count is how often anything of it was written since the last step.
func (l *ledger) count(on []string) (n int) {
	for _, w := range l.writes {
		if slices.ContainsFunc(w, func(s string) bool { return slices.Contains(on, s) }) {
			n++
		}
	}
	return n
}

// dependents is what the object decides: SVC.NS, a namespace, addresses.
func dependents(o api.Object) (all []string) {
	switch o := o.(type) {
	case *corev1.Namespace:
		all = append(all, o.Name)
	case *corev1.Service:
		all = append(append(all, o.Name+"."+o.Namespace), o.Spec.ClusterIPs...)
	case *mcsv1alpha1.ServiceImport:
		all = append(append(all, o.Name+"."+o.Namespace), o.Spec.IPs...)
	case *discoveryv1.EndpointSlice:
		all = append(all, o.Labels[discoveryv1.LabelServiceName]+"."+o.Namespace, o.Labels[mcsv1alpha1.LabelServiceName]+"."+o.Namespace)
		for _, e := range o.Endpoints {
			for _, text := range e.Addresses {
				if a, err := netip.ParseAddr(text); err == nil {
					all = append(all, a.Unmap().String())
				}
			}
		}
	}
	return all
}
