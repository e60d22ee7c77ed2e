package kube

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// apiServer is as much of an API server as lists and watches need. It speaks JSON.
type apiServer struct {
	*httptest.Server
	mu        sync.Mutex
	streaming bool                        // knows streaming lists
	expired   bool                        // answers a watch from a version with 410 Gone
	forbidden map[string]bool             // resource
	items     map[string][]runtime.Object // resource
	watches   map[string]chan any         // resource: events of the watch that is open; an int ends it
	queries   map[string][]string         // resource: requests
	versions  map[string]bool             // of ServiceImports that are served
	version   int
	hold      chan struct{} // if there is one, an answer to a list waits for it
	busy      int           // lists that wait, be they streamed or not
	busiest   int           // the most of them that there were
	faults
}

func newAPIServer(t *testing.T, streaming bool) *apiServer {
	s := &apiServer{
		streaming: streaming, forbidden: map[string]bool{}, items: map[string][]runtime.Object{},
		watches: map[string]chan any{}, queries: map[string][]string{}, versions: map[string]bool{}, version: 10,
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// newHTTP2 serves the same over TLS and HTTP/2, as API servers do.
func newHTTP2(t *testing.T, s *apiServer) *httptest.Server {
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func (s *apiServer) config() *rest.Config { return &rest.Config{Host: s.URL} }

func (s *apiServer) set(resource string, items ...runtime.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[resource] = items
	s.version++
}

func (s *apiServer) forbid(resource string, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forbidden[resource] = is
}

func (s *apiServer) serveImports(version string, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions[version] = is
}

func (s *apiServer) asked(resource, word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.queries[resource], "\n"), word)
}

// watched reports whether the resource was asked for a watch that follows a list, and is none itself.
func (s *apiServer) watched(resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.queries[resource], func(query string) bool {
		return strings.Contains(query, "watch=true") && !strings.Contains(query, "sendInitialEvents")
	})
}

// send hands an event to the open watch of the resource.
func (s *apiServer) send(t *testing.T, resource, kind string, object any) {
	t.Helper()
	s.mu.Lock()
	ch := s.watches[resource]
	object = s.stamped(object)
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
	parts := strings.Split(r.URL.Path, "/")
	served, resource := parts[len(parts)-2], parts[len(parts)-1]
	q := r.URL.Query()
	of := resource // what a test calls it
	if strings.HasPrefix(q.Get("labelSelector"), "multicluster.kubernetes.io/service-name") {
		of = "imported " + resource
	}
	s.mu.Lock()
	s.queries[of] = append(s.queries[of], r.URL.RawQuery)
	items, forbidden := s.found(r, resource), s.refuses(resource, q)
	unknown := resource == "serviceimports" && !s.versions[served]
	version := fmt.Sprint(s.version)
	events := make(chan any)
	if q.Get("watch") != "" && !ofMetadata(r) {
		s.watches[of] = events
	}
	broken := s.breaks(resource, q)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if broken != nil {
		broken(w, r)
		return
	}
	enc := json.NewEncoder(w)
	initial := q.Get("sendInitialEvents") == "true"
	if s.hold != nil && q.Get("watch") == "" {
		s.wait()
	}
	switch {
	case unknown:
		w.WriteHeader(http.StatusNotFound)
		enc.Encode(status(404, metav1.StatusReasonNotFound, "the server could not find the requested resource"))
		return
	case forbidden:
		w.WriteHeader(http.StatusForbidden)
		enc.Encode(status(403, metav1.StatusReasonForbidden, resource+" is forbidden"))
		return
	case initial && !s.streaming:
		w.WriteHeader(http.StatusUnprocessableEntity)
		enc.Encode(status(422, metav1.StatusReasonInvalid, "sendInitialEvents is forbidden"))
		return
	case s.expired && q.Get("watch") != "" && q.Get("resourceVersion") != "":
		w.WriteHeader(http.StatusGone)
		enc.Encode(status(410, metav1.StatusReasonExpired, "too old resource version"))
		return
	case q.Get("watch") == "":
		page, next := paged(items, q)
		enc.Encode(map[string]any{
			"kind": kindOf[resource][1] + "List", "apiVersion": strings.ReplaceAll(kindOf[resource][0], "VERSION", served),
			"metadata": map[string]string{"resourceVersion": version, "continue": next}, "items": page,
		})
		return
	}
	if initial && s.hold != nil {
		http.NewResponseController(w).Flush() // the watch is open, its list is not read
		s.wait()
	}
	if initial {
		for _, o := range items {
			enc.Encode(map[string]any{"type": "ADDED", "object": o})
		}
		kind, api := kindOf[resource][1], strings.ReplaceAll(kindOf[resource][0], "VERSION", served)
		if ofMetadata(r) {
			kind, api = "PartialObjectMetadata", "meta.k8s.io/v1"
		}
		enc.Encode(map[string]any{"type": "BOOKMARK", "object": map[string]any{
			"kind": kind, "apiVersion": api,
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
	"endpointslices": {"discovery.k8s.io/v1", "EndpointSlice"}, "serviceimports": {"multicluster.x-k8s.io/VERSION", "ServiceImport"},
}

// wait holds an answer back for as long as the test wants.
func (s *apiServer) wait() {
	s.mu.Lock()
	s.busy++
	s.busiest = max(s.busiest, s.busy)
	s.mu.Unlock()
	<-s.hold
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
}

func (s *apiServer) waiting() (now, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy, s.busiest
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

// labelled is the object with more labels.
func labelled[O metav1.Object](o O, more ...string) O {
	all := map[string]string{}
	for k, v := range o.GetLabels() {
		all[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	o.SetLabels(all)
	return o
}

func importObject(version, name, ip string) *mcs.ServiceImport {
	o := &mcs.ServiceImport{
		TypeMeta:   metav1.TypeMeta{Kind: "ServiceImport", APIVersion: "multicluster.x-k8s.io/" + version},
		ObjectMeta: meta("default", name), Spec: mcs.ServiceImportSpec{Type: mcs.ClusterSetIP, IPs: []string{ip}},
	}
	return o
}

func importedSlice(name, service, id string, ips ...string) *discoveryv1.EndpointSlice {
	return labelled(sliceObject(name, "", ips...), mcs.LabelServiceName, service, mcs.LabelSourceCluster, id)
}
