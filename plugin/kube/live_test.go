package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// recorder is a Sink that holds what it was told.
type recorder struct {
	mu       sync.Mutex
	objects  map[cluster.Ref]cluster.Object
	replaced map[cluster.Kind]int
	errs     []string
}

func newRecorder() *recorder {
	return &recorder{objects: map[cluster.Ref]cluster.Object{}, replaced: map[cluster.Kind]int{}}
}

func (r *recorder) Apply(changes ...cluster.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range changes {
		if c.Object == nil {
			delete(r.objects, c.Ref)
		} else {
			r.objects[c.Ref] = c.Object
		}
	}
}

func (r *recorder) Replace(kinds []cluster.Kind, objects []cluster.Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range kinds {
		r.replaced[k]++
		for ref := range r.objects {
			if ref.Kind == k {
				delete(r.objects, ref)
			}
		}
	}
	for _, o := range objects {
		r.objects[o.Ref()] = o
	}
}

func (r *recorder) report(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err.Error())
}

// names lists what there is of a kind, sorted.
func (r *recorder) has(refs ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	have := map[string]bool{}
	for ref := range r.objects {
		have[ref.String()] = true
	}
	for _, ref := range refs {
		if want := !strings.HasPrefix(ref, "!"); have[strings.TrimPrefix(ref, "!")] != want {
			return false
		}
	}
	return true
}

func (r *recorder) get(k cluster.Kind, namespace, name string) cluster.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.objects[cluster.Ref{Kind: k, Namespace: namespace, Name: name}]
}

func (r *recorder) replacements(k cluster.Kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replaced[k]
}

// reported counts the reports that contain all the words.
func (r *recorder) reported(words ...string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range r.errs {
		all := true
		for _, w := range words {
			all = all && strings.Contains(e, w)
		}
		if all {
			n++
		}
	}
	return n
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("objects %v\nreports %q", r.objects, r.errs)
}

// eventually waits for a condition.
func eventually(t *testing.T, r *recorder, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s\n%s", what, r)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// apiServer is as much of an API server as lists and watches need. It speaks JSON.
type apiServer struct {
	*httptest.Server
	mu        sync.Mutex
	streaming bool                        // knows streaming lists
	forbidden map[string]bool             // resource
	items     map[string][]runtime.Object // resource
	watches   map[string]chan any         // resource: events of the watch that is open; an int ends it
	queries   map[string][]string         // resource: requests
	version   int
}

func newAPIServer(t *testing.T, streaming bool) *apiServer {
	s := &apiServer{
		streaming: streaming, forbidden: map[string]bool{}, items: map[string][]runtime.Object{},
		watches: map[string]chan any{}, queries: map[string][]string{}, version: 10,
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *apiServer) config() *rest.Config { return &rest.Config{Host: s.URL} }

func (s *apiServer) set(resource string, items ...runtime.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[resource] = items
}

func (s *apiServer) forbid(resource string, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forbidden[resource] = is
}

func (s *apiServer) asked(resource, word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.queries[resource], "\n"), word)
}

// send hands an event to the open watch of the resource.
func (s *apiServer) send(t *testing.T, resource, kind string, object any) {
	t.Helper()
	s.mu.Lock()
	ch := s.watches[resource]
	s.mu.Unlock()
	select {
	case ch <- map[string]any{"type": kind, "object": object}:
	case <-time.After(10 * time.Second):
		t.Fatalf("nobody watches %s", resource)
	}
}

func status(code int32, reason metav1.StatusReason, message string) *metav1.Status {
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   "Failure", Code: code, Reason: reason, Message: message,
	}
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	q := r.URL.Query()
	s.mu.Lock()
	s.queries[resource] = append(s.queries[resource], r.URL.RawQuery)
	items, forbidden := s.items[resource], s.forbidden[resource]
	s.version++
	version := fmt.Sprint(s.version)
	events := make(chan any)
	if q.Get("watch") != "" {
		s.watches[resource] = events
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	initial := q.Get("sendInitialEvents") == "true"
	switch {
	case forbidden:
		w.WriteHeader(http.StatusForbidden)
		enc.Encode(status(403, metav1.StatusReasonForbidden, resource+" is forbidden"))
		return
	case initial && !s.streaming:
		w.WriteHeader(http.StatusUnprocessableEntity)
		enc.Encode(status(422, metav1.StatusReasonInvalid, "sendInitialEvents is forbidden"))
		return
	case q.Get("watch") == "":
		enc.Encode(map[string]any{
			"kind": items0(items) + "List", "apiVersion": api(items),
			"metadata": map[string]string{"resourceVersion": version}, "items": items,
		})
		return
	}
	if initial {
		for _, o := range items {
			enc.Encode(map[string]any{"type": "ADDED", "object": o})
		}
		enc.Encode(map[string]any{"type": "BOOKMARK", "object": map[string]any{
			"kind": kindOf[resource][1], "apiVersion": kindOf[resource][0],
			"metadata": map[string]any{
				"resourceVersion": version, "annotations": map[string]string{metav1.InitialEventsAnnotationKey: "true"},
			},
		}})
	}
	http.NewResponseController(w).Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case e := <-events:
			enc.Encode(e)
			http.NewResponseController(w).Flush()
		}
	}
}

var kindOf = map[string][2]string{
	"namespaces": {"v1", "Namespace"}, "services": {"v1", "Service"}, "pods": {"v1", "Pod"},
	"endpointslices": {"discovery.k8s.io/v1", "EndpointSlice"},
}

func items0(items []runtime.Object) string {
	if len(items) == 0 {
		return "Service"
	}
	return items[0].GetObjectKind().GroupVersionKind().Kind
}

func api(items []runtime.Object) string {
	if len(items) == 0 {
		return "v1"
	}
	return items[0].GetObjectKind().GroupVersionKind().GroupVersion().String()
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: "11"}
}

func namespaceObject(name string) *corev1.Namespace {
	return &corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}, ObjectMeta: meta("", name)}
}

func serviceObject(name, ip string) *corev1.Service {
	return &corev1.Service{
		TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}, ObjectMeta: meta("default", name),
		Spec: corev1.ServiceSpec{ClusterIP: ip, ClusterIPs: []string{ip}},
	}
}

func sliceObject(name, service string, ips ...string) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{
		TypeMeta:   metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"},
		ObjectMeta: meta("default", name), AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{Addresses: ips}},
	}
	if service != "" {
		s.Labels = map[string]string{discoveryv1.LabelServiceName: service}
	}
	return s
}

func podObject(name, ip string) *corev1.Pod {
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, ObjectMeta: meta("default", name),
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip},
	}
}

// run starts a source and returns what ends it and waits.
func run(t *testing.T, s cluster.Source, r cluster.Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, r) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("got %v from Run, want nil", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("Run does not return")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

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
			for _, k := range cluster.Kinds() {
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
					a != nil && a.IPs[0] == netip.MustParseAddr("10.0.0.2")
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
			return s.streaming || s.asked(res, "allowWatchBookmarks=true&resourceVersion=")
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

func TestLivePanic(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"), serviceObject("bad", "10.0.0.2"))
	r := newRecorder()
	l, err := NewLive(s.config(), Options{Report: r.report})
	if err != nil {
		t.Fatal(err)
	}
	run(t, l, &panicky{recorder: r, times: 1})
	eventually(t, r, "recovered", func() bool { return r.has("services default/a") })
	eventually(t, r, "report", func() bool { return r.reported("panic: of the sink") == 1 })
}

// panicky is a Sink that panics some times.
type panicky struct {
	*recorder
	times int
}

func (p *panicky) Replace(k []cluster.Kind, o []cluster.Object) {
	if k[0] == cluster.KindService && p.times > 0 {
		p.times--
		panic("of the sink")
	}
	p.recorder.Replace(k, o)
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
