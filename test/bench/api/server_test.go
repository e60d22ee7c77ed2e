package api_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/kubenames/kubenames/test/bench/api"
)

// An ordinary client sees what there was before it came, and what happens afterwards.
func TestClient(t *testing.T) {
	s := api.NewServer()
	defer s.Close()
	put := func(name, ip string) {
		s.Put("services", &corev1.Service{
			TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name},
			Spec: corev1.ServiceSpec{ClusterIP: ip},
		})
	}
	put("first", "10.0.0.1")
	s.Put("endpointslices", &discoveryv1.EndpointSlice{
		TypeMeta: metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"}, ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "slice"},
	})
	client, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL(), ContentConfig: rest.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	factory := informers.NewSharedInformerFactory(client, 0)
	services, slices := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	told := make(chan string, 10)
	services.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { told <- "added " + o.(*corev1.Service).Name },
		UpdateFunc: func(_, o any) { told <- "changed to " + o.(*corev1.Service).Spec.ClusterIP },
		DeleteFunc: func(o any) { told <- "deleted " + o.(*corev1.Service).Name },
	})
	slices.Informer()
	factory.Start(ctx.Done())
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("nothing, want %q", want)
		}
	}
	expect("added first")
	put("first", "10.0.0.2")
	expect("changed to 10.0.0.2")
	put("second", "10.0.0.3")
	expect("added second")
	s.Remove("services", "n", "first")
	expect("deleted first")
	if !cache.WaitForCacheSync(ctx.Done(), slices.Informer().HasSynced) {
		t.Error("endpoint slices: no list")
	}
	if _, err := slices.Lister().EndpointSlices("n").Get("slice"); err != nil {
		t.Error(err)
	}
}
