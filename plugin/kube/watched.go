package kube

import (
	"context"
	"net/http"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	discovery "k8s.io/client-go/kubernetes/typed/discovery/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// unfinished selects pods that may hold their addresses. The phases are excluded one by one, because the
// API has no other way to say it.
const unfinished = "status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown"

// watched is a kind of object, and how to list and watch it cluster-wide. It is immutable.
type watched struct {
	kind     cluster.Kind
	resource string         // as a rule of RBAC names it
	example  runtime.Object // what the server sends
	fields   string         // field selector
	list     func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch    func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// watchedKinds lists the kinds that the options ask for.
func watchedKinds(config *rest.Config, client *http.Client, o Options) ([]watched, error) {
	c, err := core.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	d, err := discovery.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	namespaces, services, slices, pods := c.Namespaces(), c.Services(""), d.EndpointSlices(""), c.Pods("")
	kinds := []watched{
		{
			kind: cluster.KindNamespace, resource: "namespaces", example: &corev1.Namespace{},
			list: lister(namespaces.List), watch: namespaces.Watch,
		},
		{
			kind: cluster.KindService, resource: "services", example: &corev1.Service{},
			list: lister(services.List), watch: services.Watch,
		},
		{
			kind: cluster.KindSlice, resource: "endpointslices.discovery.k8s.io", example: &discoveryv1.EndpointSlice{},
			list: lister(slices.List), watch: slices.Watch,
		},
	}
	if o.Pods {
		kinds = append(kinds, watched{
			kind: cluster.KindPod, resource: "pods", example: &corev1.Pod{}, fields: unfinished,
			list: lister(pods.List), watch: pods.Watch,
		})
	}
	return kinds, nil
}

// lister is a typed List as one of any kind.
func lister[T runtime.Object](list func(context.Context, metav1.ListOptions) (T, error)) func(context.Context, metav1.ListOptions) (runtime.Object, error) {
	return func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return list(ctx, o) }
}

// listWatch is how a reflector reaches the kind; what goes wrong is told to l.
func (w *watched) listWatch(l *Live) *cache.ListWatch {
	return &cache.ListWatch{
		// A reflector does not wait for its list when the context ends: Run does, for what it finds pending.
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			l.pending.RLock()
			defer l.pending.RUnlock()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			o.FieldSelector = w.fields
			list, err := w.list(ctx, o)
			if err != nil && ctx.Err() == nil {
				l.trouble.failed("list", w, err)
			}
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector = w.fields
			o.Watch = true
			events, err := w.watch(ctx, o)
			if err != nil {
				if ctx.Err() == nil && !fallsBack(o, err) {
					l.trouble.failed("watch", w, err)
				}
				return nil, err
			}
			s := newStream(ctx, events, func(err error) { l.trouble.failed("watch", w, err) })
			l.streams.Go(func() { <-s.ended })
			return s, nil
		},
	}
}
