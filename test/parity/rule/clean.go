package rule

import (
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/parity/api"
)

// Clean is the view of a cluster without what our plugin ignores: slices of no service (D8), and references to what is
// no pod or gives no label (D17).
func Clean(o api.Object) api.Object {
	sl, ok := o.(*discoveryv1.EndpointSlice)
	if !ok {
		return o
	}
	if sl.Labels[discoveryv1.LabelServiceName] == "" {
		return nil
	}
	for i, ep := range sl.Endpoints {
		if ep.TargetRef != nil && !namesPod(ep.TargetRef) {
			if sl == o {
				sl = sl.DeepCopy()
			}
			sl.Endpoints[i].TargetRef = nil
		}
	}
	return sl
}
