package api

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	model "github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/kube"
)

// sink counts what is held.
type sink struct{ whole chan model.Kind }

func (s sink) Apply(...model.Change) {}
func (s sink) Replace(kinds []model.Kind, _ []model.Object, _ uint64) {
	for _, k := range kinds {
		s.whole <- k
	}
}

// An audit finds here what a real server would tell it.
func TestAudit(t *testing.T) {
	s := NewServer()
	defer s.Close()
	for _, name := range []string{"a", "b"} {
		s.Put("services", &corev1.Service{TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1"}})
	}
	outcomes := make(chan kube.Audited, 100)
	live, err := kube.NewLive(&rest.Config{Host: s.URL(), ContentConfig: rest.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf"}}, kube.Options{
		Audit:   30 * time.Millisecond,
		Audited: func(k model.Kind, a kube.Audited) { outcomes <- a },
		Report:  func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = live.Run(ctx, sink{make(chan model.Kind, 10)})
	}()
	for range 6 {
		select {
		case a := <-outcomes:
			if a != kube.Equal {
				t.Errorf("got %s, want %s", a, kube.Equal)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("no audit")
		}
	}
	cancel()
	<-done
}
