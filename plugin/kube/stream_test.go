package kube

import (
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// The list that a watch begins with ends with the bookmark that says so, with no other, and with the watch.
func TestStreamListed(t *testing.T) {
	below := watch.NewFake()
	var listed atomic.Int32
	s := newStream(t.Context(), below, true, streamTold{func() { listed.Add(1) }, func(error) {}, func(bool) {}}, func() time.Duration { return time.Hour })
	bookmark := func(annotations map[string]string) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Annotations: annotations}}
	}
	pass := func(kind watch.EventType, o *corev1.Service, want int32) {
		t.Helper()
		go below.Action(kind, o)
		<-s.ResultChan()
		for deadline := time.Now().Add(10 * time.Second); listed.Load() < want && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if got := listed.Load(); got != want {
			t.Errorf("got %d lists ended after %s, want %d", got, kind, want)
		}
	}
	end := map[string]string{metav1.InitialEventsAnnotationKey: "true"}
	pass(watch.Added, serviceObject("a", "10.0.0.1"), 0)
	pass(watch.Added, bookmark(end), 0)
	pass(watch.Bookmark, bookmark(nil), 0)
	pass(watch.Bookmark, bookmark(end), 1)
	s.Stop()
	if got := listed.Load(); got != 2 {
		t.Errorf("got %d lists ended after the watch, want 2", got)
	}
}
