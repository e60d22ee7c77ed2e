package kubenames

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// empty is an API server of a cluster that has nothing: lists are empty, and a watch tells of the event, if it is one of
// namespaces, and then of nothing more.
func empty(t *testing.T, event string) *httptest.Server {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		kind := map[string]string{
			"namespaces": "v1 NamespaceList", "services": "v1 ServiceList", "endpointslices": "discovery.k8s.io/v1 EndpointSliceList",
		}[path.Base(r.URL.Path)]
		var version, list string
		_, _ = fmt.Sscan(kind, &version, &list)
		switch q := r.URL.Query(); {
		case q.Get("watch") == "":
			fmt.Fprintf(w, `{"apiVersion": %q, "kind": %q, "metadata": {"resourceVersion": "1"}, "items": []}`, version, list)
		case q.Get("sendInitialEvents") != "":
			w.WriteHeader(http.StatusBadRequest)
		default:
			if list == "NamespaceList" {
				fmt.Fprintln(w, event)
			}
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(api.Close)
	return api
}

// How long ago the API server was heard of is told, and how long ago it told of something, if it did.
func TestWatchAges(t *testing.T) {
	api := empty(t, `{"type": "ADDED", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "resourceVersion": "2"}}}`)
	s, err := startServer(". {\nbind 127.0.0.1\nkubenames ages.local {\nendpoint " + api.URL + "\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	if trouble := eventually(func() string {
		if got := gathered(t, "watch_event_age_seconds", "namespaces", "ages.local."); got < 0 || got > patience.Seconds() {
			return fmt.Sprintf("age of the last event of a namespace: got %v", got)
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
	for _, kind := range []string{"namespaces", "services", "endpointslices"} {
		if got := gathered(t, "watch_alive_age_seconds", kind, "ages.local."); got < 0 || got > 2*patience.Seconds() {
			t.Errorf("age of the last sign of life of %s: got %v", kind, got)
		}
	}
	if got := gathered(t, "watch_event_age_seconds", "services", "ages.local."); got != -1 {
		t.Errorf("age of an event that never was: got %v, want none", got)
	}
}

// What is collected is what was described: a registry that checks finds no fault.
func TestCollector(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(instances); err != nil {
		t.Fatal(err)
	}
	s, err := startServer(". {\nbind 127.0.0.1\nkubenames cluster.local clusterset.local {\nmanifests examples\npods verified\nmulticluster clusterset.local\n}\nk8s_external ext.test\n}")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, f := range families {
		if f.GetName() == "coredns_kubenames_names" {
			kinds = len(f.GetMetric())
		}
	}
	if kinds != 7 {
		t.Errorf("got %d kinds of names, want 7", kinds)
	}
}
