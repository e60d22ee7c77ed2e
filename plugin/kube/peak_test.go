package kube

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kuberuntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// bigServer has many pods as they are: some KiB each, of which DNS sees a hundred bytes. It speaks protobuf.
type bigServer struct {
	*httptest.Server
	pods      int
	streaming bool
	broken    atomic.Int32 // watches end with 410 until they have ended so often
}

func newBigServer(t *testing.T, pods int, streaming bool) *bigServer {
	s := &bigServer{pods: pods, streaming: streaming}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *bigServer) pod(i int) *corev1.Pod {
	p := podObject(fmt.Sprintf("service-7d9f8c6b5-%05d", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	fields := new(metav1.FieldsV1)
	fields.SetRawBytes(bytes.Repeat([]byte("x"), 2000))
	p.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet", FieldsV1: fields}}
	for c := range 4 {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: fmt.Sprint("c", c), Image: "registry.example/image:v1", Args: []string{"--a", "--b"}})
	}
	return p
}

var protobuf = func() kuberuntime.SerializerInfo {
	info, _ := kuberuntime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), kuberuntime.ContentTypeProtobuf)
	return info
}()

func inProtobuf(o kuberuntime.Object) []byte {
	var b bytes.Buffer
	if err := protobuf.Serializer.Encode(o, &b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// ServeHTTP implements http.Handler.
func (s *bigServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	w.Header().Set("Content-Type", kuberuntime.ContentTypeProtobuf)
	switch {
	case q.Get("watch") == "":
		from, _ := strconv.Atoi(q.Get("continue"))
		limit, _ := strconv.Atoi(q.Get("limit"))
		list := &corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, ListMeta: metav1.ListMeta{ResourceVersion: "100"}}
		for i := from; i < s.pods && i < from+limit; i++ {
			list.Items = append(list.Items, *s.pod(i))
		}
		if from+limit < s.pods {
			list.Continue = fmt.Sprint(from + limit)
		}
		w.Write(inProtobuf(list))
	case q.Get("sendInitialEvents") != "" && !s.streaming:
		w.WriteHeader(http.StatusUnprocessableEntity)
		w.Write(inProtobuf(status(422, metav1.StatusReasonInvalid, "no")))
	default:
		s.watch(w, r, q.Get("sendInitialEvents") != "")
	}
}

func (s *bigServer) watch(w http.ResponseWriter, r *http.Request, initial bool) {
	frames := protobuf.StreamSerializer.Framer.NewFrameWriter(w)
	event := func(kind string, o kuberuntime.Object) {
		var b bytes.Buffer
		protobuf.StreamSerializer.Serializer.Encode(&metav1.WatchEvent{Type: kind, Object: kuberuntime.RawExtension{Raw: inProtobuf(o)}}, &b)
		frames.Write(b.Bytes())
	}
	if initial {
		for i := range s.pods {
			event("ADDED", s.pod(i))
		}
		end := &corev1.Pod{TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{ResourceVersion: "100"}}
		end.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
		event("BOOKMARK", end)
	}
	http.NewResponseController(w).Flush()
	for r.Context().Err() == nil {
		if s.broken.Add(-1) >= 0 {
			event("ERROR", status(410, metav1.StatusReasonExpired, "too old"))
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// stateSink is a State that is told by a source.
type stateSink struct {
	mu       sync.Mutex
	state    *cluster.State
	replaced atomic.Int32
}

func (s *stateSink) Apply(changes ...cluster.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Apply(changes...)
}

func (s *stateSink) Replace(kinds []cluster.Kind, objects []cluster.Object, version uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Replace(kinds, objects, version)
	s.replaced.Add(1)
}

// A list takes little more than what is kept of it while it is read, from servers that stream lists and from those that
// do not; so does a second one while the first is held.
func TestRelistPeak(t *testing.T) {
	const pods = 5_000
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // what is in use is what counts
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newBigServer(t, pods, streaming)
			config, err := Connection{Endpoint: s.URL}.Config()
			if err != nil {
				t.Fatal(err)
			}
			r := newRecorder()
			l, err := NewLive(config, Options{Pods: true, Report: r.report})
			if err != nil {
				t.Fatal(err)
			}
			l.followers = l.followers[3:] // pods
			before := heap()
			var most atomic.Uint64
			done := make(chan struct{})
			var sampling sync.WaitGroup
			sampling.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most.Store(max(most.Load(), m.HeapAlloc))
					time.Sleep(3 * time.Millisecond)
				}
			})
			sink := &stateSink{state: cluster.NewState()}
			run(t, l, sink)
			peak := func(what string, lists int32) {
				eventually(t, r, what, func() bool { return sink.replaced.Load() == lists })
				got := float64(most.Load()-before) / pods
				steady := float64(heap()-before) / pods
				t.Logf("%s: %.0f bytes a pod at most, %.0f are kept", what, got, steady)
				if got > 3000 { // whole they are 8 KiB
					t.Errorf("%s: got %.0f bytes a pod at most, want 3000", what, got)
				}
				most.Store(0)
			}
			peak("first list", 1)
			s.broken.Store(1)
			peak("second list", 2)
			close(done)
			sampling.Wait()
			sink.mu.Lock()
			defer sink.mu.Unlock()
			if n := sink.state.Count(cluster.KindPod); n != pods {
				t.Errorf("got %d pods", n)
			}
		})
	}
}
