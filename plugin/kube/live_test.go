package kube

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

func live(t *testing.T, s *apiServer, o Options) (*recorder, func()) {
	t.Helper()
	r := newRecorder()
	o.Report = r.report
	l, err := NewLive(s.config(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, run(t, l, r)
}

func TestLive(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.set("namespaces", namespaceObject("default"))
			s.set("services", serviceObject("a", "10.0.0.1"), serviceObject("b", "None"))
			s.set("endpointslices", sliceObject("b-1", "b", "10.1.0.1"), sliceObject("stray", "", "10.1.0.9"))
			s.set("pods", podObject("p", "10.1.0.1"))
			r, stop := live(t, s, Options{Pods: true})

			eventually(t, r, "first picture", func() bool {
				return r.has("namespaces default", "services default/a", "services default/b",
					"endpointslices default/b-1", "!endpointslices default/stray", "pods default/p")
			})
			if !s.asked("pods", "fieldSelector=status.phase%21%3DSucceeded") {
				t.Error("pods are not selected by phase")
			}
			for _, k := range (Options{Pods: true}).kinds() {
				eventually(t, r, k.String()+" replaced", func() bool { return r.replacements(k) > 0 })
			}
			eventually(t, r, "watch of services", func() bool { return s.asked("services", "watch=true") })
			waitForWatch(t, r, s, "services", "endpointslices")
			s.send(t, "services", "ADDED", serviceObject("c", "10.0.0.3"))
			s.send(t, "services", "MODIFIED", serviceObject("a", "10.0.0.2"))
			s.send(t, "services", "DELETED", serviceObject("b", "None"))
			s.send(t, "endpointslices", "MODIFIED", sliceObject("b-1", "", "10.1.0.1")) // loses its label
			eventually(t, r, "events", func() bool {
				a, _ := r.get(cluster.KindService, "default", "a").(*cluster.Service)
				return r.has("services default/c", "!services default/b", "!endpointslices default/b-1") &&
					a != nil && a.IPs == ips("10.0.0.2")
			})

			// Deleted while the watch was broken: seen because the list is taken anew.
			s.set("services", serviceObject("c", "10.0.0.3"))
			s.send(t, "services", "ERROR", status(410, metav1.StatusReasonExpired, "too old resource version"))
			eventually(t, r, "relist", func() bool { return r.has("services default/c", "!services default/a") })
			eventually(t, r, "report", func() bool { return r.reported("watch services: expired: ", "listing again") == 1 })

			stop()
			noneLeft(t)
			if n := r.reported("endpointslices") + r.reported("pods"); n != 0 {
				t.Errorf("got reports of what went well: %s", r)
			}
		})
	}
}

// waitForWatch waits until the watches that follow a plain list are open.
func waitForWatch(t *testing.T, r *recorder, s *apiServer, resources ...string) {
	t.Helper()
	for _, res := range resources {
		eventually(t, r, "watch of "+res, func() bool {
			return s.streaming || s.watched(res)
		})
	}
}

// noneLeft waits until no goroutine works for a source.
func noneLeft(t *testing.T) {
	t.Helper()
	var stacks strings.Builder
	deadline := time.Now().Add(10 * time.Second)
	for {
		stacks.Reset()
		pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		left := stacks.String()
		if !strings.Contains(left, "kube.(*Live)") && !strings.Contains(left, "kube.(*stream)") &&
			!strings.Contains(left, "client-go/tools/cache") && !strings.Contains(left, "StreamWatcher") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines left:\n%s", left)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestLiveForbidden(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.set("endpointslices", sliceObject("b-1", "b", "10.1.0.1"))
	s.forbid("endpointslices", true)
	r, _ := live(t, s, Options{})
	eventually(t, r, "report", func() bool {
		return r.reported("list endpointslices: forbidden: endpointslices is forbidden; needs list and watch on endpointslices.discovery.k8s.io") == 1
	})
	eventually(t, r, "services", func() bool { return r.has("services default/a") })
	if r.replacements(cluster.KindSlice) != 0 {
		t.Error("a kind that is forbidden counts as known")
	}
	eventually(t, r, "another attempt", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.queries["endpointslices"]) > 4
	})
	if n := r.reported("endpointslices"); n != 1 {
		t.Errorf("got %d reports, want 1: %s", n, r)
	}
	s.forbid("endpointslices", false)
	eventually(t, r, "slices", func() bool { return r.has("endpointslices default/b-1") })
}

func TestLiveUnreachable(t *testing.T) {
	s := newAPIServer(t, true)
	s.Close()
	r, stop := live(t, s, Options{})
	eventually(t, r, "report", func() bool { return r.reported("watch services: ", "connection refused") == 1 })
	stop() // in the middle of a wait
	noneLeft(t)
	if strings.Contains(r.String(), "timeoutSeconds") {
		t.Errorf("got a report with the URL: %s", r)
	}
}

// A server that is away takes nothing with it; when it is back, what was deleted meanwhile is gone.
func TestLiveOutage(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"), serviceObject("b", "10.0.0.2"))
	r, _ := live(t, s, Options{})
	eventually(t, r, "first picture", func() bool { return r.has("services default/a", "services default/b") })
	s.CloseClientConnections()
	s.Listener.Close()
	eventually(t, r, "report", func() bool { return r.reported("watch services: ", "connection refused") == 1 })
	if !r.has("services default/a", "services default/b") {
		t.Errorf("an outage loses objects: %s", r)
	}

	again := newAPIServer(t, true)
	again.set("services", serviceObject("b", "10.0.0.3"))
	again.version = 1000
	again.expired = true // it has no memory of where the watch was
	back := time.Now()
	var listener net.Listener
	eventually(t, r, "the port", func() (free bool) { // somebody's connection may use it for a moment
		var err error
		listener, err = net.Listen("tcp", s.Listener.Addr().String())
		return err == nil
	})
	server := &http.Server{Handler: again}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	eventually(t, r, "return", func() bool {
		b, _ := r.get(cluster.KindService, "default", "b").(*cluster.Service)
		return r.has("!services default/a") && b != nil && b.IPs.At(0).String() == "10.0.0.3"
	})
	t.Logf("back after %v", time.Since(back))
}

// protobuf is what servers speak to us.
func TestLiveProtobuf(t *testing.T) {
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !ok {
		t.Fatal("no protobuf")
	}
	encode := func(s runtime.Serializer, o runtime.Object) []byte {
		var b bytes.Buffer
		if err := s.Encode(o, &b); err != nil {
			t.Error(err)
		}
		return b.Bytes()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Accept"), runtime.ContentTypeProtobuf) || !strings.HasPrefix(r.UserAgent(), "CoreDNS/") {
			t.Errorf("got headers %v", r.Header)
		}
		if !strings.HasSuffix(r.URL.Path, "/services") || r.URL.Query().Get("sendInitialEvents") == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", runtime.ContentTypeProtobuf+";stream=watch")
		frames := info.StreamSerializer.Framer.NewFrameWriter(w)
		end := &corev1.Service{ObjectMeta: meta("", "")}
		end.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
		for _, e := range []struct {
			kind   string
			object *corev1.Service
		}{{"ADDED", serviceObject("a", "10.0.0.1")}, {"ADDED", serviceObject("b", "None")}, {"BOOKMARK", end}, {"DELETED", serviceObject("b", "None")}} {
			e.object.TypeMeta = metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}
			raw := encode(info.Serializer, e.object)
			frames.Write(encode(info.StreamSerializer.Serializer, &metav1.WatchEvent{Type: e.kind, Object: runtime.RawExtension{Raw: raw}}))
		}
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	config, err := Connection{Endpoint: server.URL}.Config()
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder()
	l, err := NewLive(config, Options{Report: r.report})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l, r)
	eventually(t, r, "events", func() bool {
		return r.replacements(cluster.KindService) == 1 && r.has("services default/a", "!services default/b")
	})
	stop()
}

func TestLivePanic(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"), serviceObject("bad", "10.0.0.2"))
	r := newRecorder()
	l, err := NewLive(s.config(), Options{Report: r.report})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l, &panicky{recorder: r, times: 1})
	eventually(t, r, "recovered", func() bool { return r.has("services default/a") })
	eventually(t, r, "report", func() bool { return r.reported("panic: of the sink") == 1 })
	stop()
	noneLeft(t)
}

// panicky is a Sink that panics some times.
type panicky struct {
	*recorder
	times int
}

func (p *panicky) Replace(k []cluster.Kind, o []cluster.Object, v uint64) {
	if k[0] == cluster.KindService && p.times > 0 {
		p.times--
		panic("of the sink")
	}
	p.recorder.Replace(k, o, v)
}

func TestTroubleSaysAgain(t *testing.T) {
	var said []string
	tr := newTrouble(func(err error) { said = append(said, err.Error()) })
	w := &watched{kind: cluster.KindService, resource: "services"}
	for range 3 {
		tr.failed("list", w, apierrors.NewUnauthorized("who are you"))
		tr.failed("list", w, errors.New("boom"))
	}
	if len(said) != 2 {
		t.Errorf("got %q, want two", said)
	}
	if !tr.isNew("list services: boom", time.Now().Add(sayAgain)) {
		t.Error("a trouble that lasts is not said again")
	}
	if len(tr.said) != 1 {
		t.Errorf("got %d remembered, want 1", len(tr.said))
	}
}
