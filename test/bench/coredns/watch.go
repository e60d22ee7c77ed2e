package main

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// watcher follows an API server and throws away what it hears: what the reading alone takes. It is started and stopped
// by one goroutine.
type watcher struct {
	client  *kubernetes.Clientset
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func newWatcher(endpoint string) (*watcher, error) {
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host: endpoint, ContentConfig: rest.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf"},
	})
	return &watcher{client: client}, err
}

func (w *watcher) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	for _, f := range []struct {
		client   rest.Interface
		resource string
		example  runtime.Object
	}{
		{w.client.CoreV1().RESTClient(), "namespaces", &corev1.Namespace{}},
		{w.client.CoreV1().RESTClient(), "services", &corev1.Service{}},
		{w.client.DiscoveryV1().RESTClient(), "endpointslices", &discoveryv1.EndpointSlice{}},
	} {
		follow := cache.NewListWatchFromClient(f.client, f.resource, "", fields.Everything())
		reflector := cache.NewReflectorWithOptions(follow, f.example, bin{}, cache.ReflectorOptions{})
		w.running.Go(func() { reflector.RunWithContext(ctx) })
	}
	return nil
}

func (w *watcher) stop() error {
	w.cancel()
	w.running.Wait()
	return nil
}

// bin is a store that keeps nothing.
type bin struct{}

func (bin) Add(any) error               { return nil }
func (bin) Update(any) error            { return nil }
func (bin) Delete(any) error            { return nil }
func (bin) Replace([]any, string) error { return nil }
func (bin) Resync() error               { return nil }
