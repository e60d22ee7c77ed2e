package kube

import (
	"context"
	"net/http"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	discovery "k8s.io/client-go/kubernetes/typed/discovery/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
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
	labels   string         // label selector
	list     func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch    func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// watchedKinds lists the kinds that the options ask for, in the order of kinds.
func watchedKinds(config *rest.Config, client *http.Client, o Options, missing func()) ([]watched, error) {
	sel, err := o.selectors()
	if err != nil {
		return nil, err
	}
	c, err := core.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	d, err := discovery.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	i, err := newImports(config, client, missing)
	if err != nil {
		return nil, err
	}
	namespaces, services, slices, pods := c.Namespaces(), c.Services(""), d.EndpointSlices(""), c.Pods("")
	objects := sel.objects.String()
	all := map[cluster.Kind]watched{
		cluster.KindNamespace: {
			resource: "namespaces", example: &corev1.Namespace{}, labels: sel.namespaces.String(),
			list: lister(namespaces.List), watch: namespaces.Watch,
		},
		cluster.KindService: {
			resource: "services", example: &corev1.Service{}, labels: objects,
			list: lister(services.List), watch: services.Watch,
		},
		cluster.KindSlice: {
			resource: "endpointslices.discovery.k8s.io", example: &discoveryv1.EndpointSlice{}, labels: objects,
			list: lister(slices.List), watch: slices.Watch,
		},
		cluster.KindPod: {
			resource: "pods", example: &corev1.Pod{}, labels: objects, fields: unfinished,
			list: lister(pods.List), watch: pods.Watch,
		},
		cluster.KindImport: {
			resource: mcs.ServiceImportFullName, example: &mcs.ServiceImport{}, labels: objects,
			list: i.list, watch: i.watch,
		},
		cluster.KindImportSlice: {
			resource: "endpointslices.discovery.k8s.io", example: &discoveryv1.EndpointSlice{}, labels: sel.imported(),
			list: lister(slices.List), watch: slices.Watch,
		},
	}
	var kinds []watched
	for _, kind := range o.kinds() {
		w := all[kind]
		w.kind = kind
		kinds = append(kinds, w)
	}
	return kinds, nil
}

// lister is a typed List as one of any kind.
func lister[T runtime.Object](list func(context.Context, metav1.ListOptions) (T, error)) func(context.Context, metav1.ListOptions) (runtime.Object, error) {
	return func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return list(ctx, o) }
}

// listWatch is how a reflector reaches the kind; what goes wrong is told to l, signs of life to p.
func (w *watched) listWatch(l *Live, p *pulse) *cache.ListWatch {
	return &cache.ListWatch{
		// A reflector does not wait for its list when the context ends: Run does, for what it finds pending.
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			l.pending.RLock()
			defer l.pending.RUnlock()
			free, err := l.slots.take(ctx)
			if err != nil {
				return nil, err
			}
			defer free()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			o.FieldSelector, o.LabelSelector = w.fields, w.labels
			list, err := w.list(ctx, o)
			if err != nil && ctx.Err() == nil {
				l.trouble.failed("list", w, err)
			}
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			free, err := l.slots.take(ctx)
			if err != nil {
				return nil, err
			}
			o.FieldSelector, o.LabelSelector = w.fields, w.labels
			o.Watch = true
			events, err := w.watch(ctx, o)
			if err != nil {
				free()
				if ctx.Err() == nil && !fallsBack(o, err) && !w.untaught(err) {
					l.trouble.failed("watch", w, err)
				}
				return nil, err
			}
			p.lives()
			if o.SendInitialEvents == nil {
				free()
			}
			s := newStream(ctx, events, free, func(err error) { l.trouble.failed("watch", w, err) })
			l.streams.Go(func() { <-s.ended })
			return s, nil
		},
	}
}

// untaught reports whether the error is that the server does not know the kind, which a list then tells.
func (w *watched) untaught(err error) bool {
	return w.kind == cluster.KindImport && apierrors.IsNotFound(err)
}
