package trial

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubenames/kubenames/test/parity/api"
)

// kinds is what lists leave out of their items.
var kinds = map[string]schema.GroupVersionKind{
	"namespaces": {Version: "v1", Kind: "Namespace"}, "services": {Version: "v1", Kind: "Service"}, "pods": {Version: "v1", Kind: "Pod"},
	"endpointslices": {Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"},
}

// list makes the trial's world what the cluster is now.
func (p *Pair) list(ctx context.Context, t *trial) error {
	now := map[string][]api.Object{}
	core, all := p.Client.CoreV1(), metav1.ListOptions{ResourceVersion: "0"}
	namespaces, err := core.Namespaces().List(ctx, all)
	if err != nil {
		return fmt.Errorf("namespaces: %w", err)
	}
	for i := range namespaces.Items {
		now["namespaces"] = append(now["namespaces"], &namespaces.Items[i])
	}
	services, err := core.Services("").List(ctx, all)
	if err != nil {
		return fmt.Errorf("services: %w", err)
	}
	for i := range services.Items {
		now["services"] = append(now["services"], &services.Items[i])
	}
	slices, err := p.Client.DiscoveryV1().EndpointSlices("").List(ctx, all)
	if err != nil {
		return fmt.Errorf("endpointslices: %w", err)
	}
	for i := range slices.Items {
		now["endpointslices"] = append(now["endpointslices"], &slices.Items[i])
	}
	if p.Config.Pods == "verified" || p.Config.Pods == "insecure" {
		pods, err := core.Pods("").List(ctx, all)
		if err != nil {
			return fmt.Errorf("pods: %w", err)
		}
		for i := range pods.Items {
			now["pods"] = append(now["pods"], &pods.Items[i])
		}
	}
	for r, objects := range now {
		t.world.Objects[r] = map[string]api.Object{}
		for _, o := range objects {
			o.GetObjectKind().SetGroupVersionKind(kinds[r])
			t.world.Objects[r][o.GetNamespace()+"/"+o.GetName()] = o
		}
	}
	return nil
}
