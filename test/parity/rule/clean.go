package rule

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/server"
)

// CleanConfig is the options of the server with the clean view, which chooses namespaces, and imports, itself (D28).
func CleanConfig(c server.Config) server.Config {
	c.NamespaceLabels = ""
	return c
}

// Clean is the view of a cluster without what our plugin ignores, and with what it reads in another way: slices of no
// service (D8), references to what is no pod or gives no label (D17), addresses in odd spelling (D44, D45), imports by other labels (D28) and without ports (D29),
// and pods that are being deleted (D46).
func Clean(c server.Config) api.View {
	namespaces, objects := selector(c.NamespaceLabels), selector(c.Labels)
	return func(o api.Object, asked labels.Selector) api.Object {
		switch o := o.(type) {
		case *corev1.Namespace:
			if !namespaces.Matches(labels.Set(o.Labels)) {
				return nil
			}
		case *corev1.Pod:
			return alive(o)
		case *mcsv1alpha1.ServiceImport:
			if !objects.Matches(labels.Set(o.Labels)) {
				return nil
			}
			return addressable(o)
		case *discoveryv1.EndpointSlice:
			if !asksImports(asked) && o.Labels[discoveryv1.LabelServiceName] == "" {
				return nil
			}
			return plain(o)
		}
		return o
	}
}

func asksImports(asked labels.Selector) bool {
	all, _ := asked.Requirements()
	for _, r := range all {
		if r.Key() == mcsv1alpha1.LabelServiceName {
			return true
		}
	}
	return false
}

// selector is the selector that a line of a Corefile has; it chooses all if there is none.
func selector(text string) labels.Selector {
	s, err := labels.Parse(text)
	if err != nil {
		panic(err) // the servers would not have started
	}
	return s
}

// addressable gives an import without ports one without a number, as Services have.
func addressable(o *mcsv1alpha1.ServiceImport) api.Object {
	if len(o.Spec.Ports) > 0 {
		return o
	}
	o = o.DeepCopy()
	o.Spec.Ports = []mcsv1alpha1.ServicePort{{Port: -1}}
	return o
}

func alive(o *corev1.Pod) api.Object {
	if o.DeletionTimestamp == nil {
		return o
	}
	o = o.DeepCopy()
	o.DeletionTimestamp = nil
	return o
}

// plain is a slice as our plugin reads it.
func plain(o *discoveryv1.EndpointSlice) api.Object {
	sl := o
	change := func(f func(*discoveryv1.EndpointSlice)) {
		if sl == o {
			sl = sl.DeepCopy()
		}
		f(sl)
	}
	for i, ep := range o.Endpoints {
		if ep.TargetRef != nil && !namesPod(ep.TargetRef) {
			change(func(sl *discoveryv1.EndpointSlice) { sl.Endpoints[i].TargetRef = nil })
		}
		for j, text := range ep.Addresses {
			if c := canonical(text); c != text {
				change(func(sl *discoveryv1.EndpointSlice) { sl.Endpoints[i].Addresses[j] = c })
			}
		}
	}
	return sl
}

// canonical is an address in the spelling that names are made of: that of RFC 5952 (D44), with a zero in front where a
// label would begin with a dash (D45).
func canonical(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	if text = a.String(); text[0] == ':' {
		text = "0" + text
	}
	return text
}
