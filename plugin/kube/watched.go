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
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// unfinished selects pods that may hold their addresses. The phases are excluded one by one, because the
// API has no other way to say it.
const unfinished = "status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown"

// watched is a kind of object, and how to list and watch it cluster-wide. It is immutable.
type watched struct {
	kind     cluster.Kind
	resource string         // as a rule of RBAC names it
	path     func() string  // where the server has it
	example  runtime.Object // what the server sends
	fields   string         // field selector
	labels   string         // label selector
	list     func(ctx context.Context, namespace string, o metav1.ListOptions) (runtime.Object, error)
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
			resource: "namespaces", path: at("/api/v1/namespaces"), example: &corev1.Namespace{}, labels: sel.namespaces.String(),
			list: lister(func(string) core.NamespaceInterface { return c.Namespaces() }), watch: namespaces.Watch,
		},
		cluster.KindService: {
			resource: "services", path: at("/api/v1/services"), example: &corev1.Service{}, labels: objects,
			list: lister(c.Services), watch: services.Watch,
		},
		cluster.KindSlice: {
			resource: "endpointslices.discovery.k8s.io", path: at("/apis/discovery.k8s.io/v1/endpointslices"), example: &discoveryv1.EndpointSlice{}, labels: objects,
			list: lister(d.EndpointSlices), watch: slices.Watch,
		},
		cluster.KindPod: {
			resource: "pods", path: at("/api/v1/pods"), example: &corev1.Pod{}, labels: objects, fields: unfinished,
			list: lister(c.Pods), watch: pods.Watch,
		},
		cluster.KindImport: {
			resource: mcs.ServiceImportFullName, path: i.path, example: &mcs.ServiceImport{}, labels: objects,
			list: i.list, watch: i.watch,
		},
		cluster.KindImportSlice: {
			resource: "endpointslices.discovery.k8s.io", path: at("/apis/discovery.k8s.io/v1/endpointslices"), example: &discoveryv1.EndpointSlice{}, labels: sel.imported(),
			list: lister(d.EndpointSlices), watch: slices.Watch,
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

// lister is the typed List of a namespace, "" for all, as one of any kind.
func lister[I interface {
	List(context.Context, metav1.ListOptions) (T, error)
}, T runtime.Object](of func(namespace string) I) func(context.Context, string, metav1.ListOptions) (runtime.Object, error) {
	return func(ctx context.Context, namespace string, o metav1.ListOptions) (runtime.Object, error) {
		return of(namespace).List(ctx, o)
	}
}

// at is a path that stays.
func at(path string) func() string { return func() string { return path } }
