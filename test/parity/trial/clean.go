package trial

import (
	"reflect"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/rule"
)

// clean is the name of the view that the second in-tree server has.
const clean = "clean"

// isPure reports whether in-tree says the same in the clean view as in the whole one.
func (t *trial) isPure() bool {
	if t.config.NamespaceLabels != "" || len(t.config.Multicluster) > 0 {
		return false
	}
	view := rule.Clean(t.config)
	for _, resource := range api.Resources() {
		for _, o := range t.world.Objects[resource] {
			if seen := view(o, labels.Everything()); seen != o && !t.alike(seen, o) {
				return false
			}
		}
	}
	return true
}

// alike reports whether two objects differ at most in what the options have nobody look at.
func (t *trial) alike(a, b api.Object) bool {
	sa, ok := a.(*discoveryv1.EndpointSlice)
	sb, ok2 := b.(*discoveryv1.EndpointSlice)
	if !ok || !ok2 || t.config.PodNames {
		return false
	}
	return reflect.DeepEqual(withoutRefs(sa), withoutRefs(sb))
}

// withoutRefs is the slice without references to pods: only endpoint_pod_names looks at them.
func withoutRefs(sl *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	sl = sl.DeepCopy()
	for i := range sl.Endpoints {
		sl.Endpoints[i].TargetRef = nil
	}
	return sl
}
