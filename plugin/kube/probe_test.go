package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ordinary is the resources that every source watches.
var ordinary = []string{"namespaces", "services", "endpointslices"}

// probed reports whether the request only asks for the version.
func probed(q url.Values) bool {
	return q.Get("limit") == "1" && !strings.Contains(q.Get("fieldSelector"), "metadata.name=")
}

// busy is a source whose watches are all at the version 1100, by bookmarks.
func busy(t *testing.T, s *apiServer, o Options, change func(*times)) (*recorder, *Live, *incidents) {
	t.Helper()
	s.version = 1000
	s.set("services", versioned(serviceObject("a", "10.0.0.1"), 900), versioned(serviceObject("b", "10.0.0.2"), 500))
	r, l, i := impatient(t, s, o, change)
	eventually(t, r, "first picture", func() bool { return r.has("services default/a", "services default/b") })
	for resource, object := range map[string]metav1.Object{
		"namespaces": versioned(namespaceObject(""), 1100), "services": bookmark(1100).(metav1.Object), "endpointslices": versioned(sliceObject("", ""), 1100),
	} {
		i := slices.IndexFunc(l.followers, func(f *follower) bool { return strings.HasPrefix(f.resource, resource) })
		eventually(t, r, "a bookmark", func() bool {
			s.tell(t, r, resource, "BOOKMARK", object, "services default/a")
			return l.followers[i].position.at() == 1100
		})
	}
	return r, l, i
}

// refuse answers the next n questions for the version of each kind otherwise.
func (s *apiServer) refuse(n int, code int, reason metav1.StatusReason) {
	s.broken = map[string]func(url.Values) http.HandlerFunc{}
	for _, resource := range ordinary {
		left := n
		s.broken[resource] = func(q url.Values) http.HandlerFunc {
			if left--; !probed(q) || left < 0 {
				return nil
			}
			return func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(code)
				fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":"chaos"}`, reason, code)
			}
		}
	}
}

// resumed counts the watches that go on from the version 1100.
func (s *apiServer) resumed() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range ordinary {
		for _, query := range s.queries[resource] {
			if q, _ := url.ParseQuery(query); q.Get("watch") != "" && q.Get("sendInitialEvents") == "" && q.Get("resourceVersion") == "1100" {
				n++
			}
		}
	}
	return n
}

// Whatever a server of another history says when it is asked for its version, if it is not that: no watch goes on there. It may
// know nobody's permissions for a moment, and those of the next request.
func TestProbeRefused(t *testing.T) {
	for reason, code := range map[metav1.StatusReason]int{
		metav1.StatusReasonForbidden: 403, metav1.StatusReasonUnauthorized: 401, metav1.StatusReasonNotFound: 404,
		metav1.StatusReasonTooManyRequests: 429, metav1.StatusReasonInternalError: 500, metav1.StatusReasonServiceUnavailable: 503,
	} {
		for _, streaming := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s streaming=%v", reason, streaming), func(t *testing.T) {
				s := newAPIServer(t, streaming)
				r, _, _ := busy(t, s, Options{}, func(*times) {})
				before := s.resumed()
				s.change(func() {
					s.version = 20
					s.items["services"] = []runtime.Object{versioned(serviceObject("restored", "10.0.0.9"), 5)}
					s.refuse(1, code, reason)
				})
				s.CloseClientConnections()
				eventually(t, r, "the other history", func() bool { return r.has("services default/restored", "!services default/a") })
				eventually(t, r, "namespaces listed", func() bool { return r.version(cluster.KindNamespace) == 20 })
				if n := s.resumed() - before; n != 0 {
					t.Errorf("got %d watches from a version that there is not", n)
				}
				if r.reported("the version went back from 1100 to 20") != 1 {
					t.Errorf("want a report: %s", r)
				}
			})
		}
	}
}

// A server that can tell its version a moment after its start is not listed again.
func TestProbeRefusedOnce(t *testing.T) {
	s := newAPIServer(t, true)
	r, l, _ := busy(t, s, Options{}, func(*times) {})
	s.change(func() {
		s.version = 1100
		s.refuse(2, 403, metav1.StatusReasonForbidden)
	})
	s.CloseClientConnections()
	eventually(t, r, "watches that go on", func() bool { return s.resumed() == len(ordinary) })
	s.tell(t, r, "services", "ADDED", versioned(serviceObject("c", "10.0.0.3"), 1200), "services default/c")
	for _, kind := range l.Kinds() {
		if n := r.replacements(kind); n != 1 {
			t.Errorf("%s: got %d lists, want 1", kind, n)
		}
	}
	if r.reported("forbidden") != 0 {
		t.Errorf("got reports of what passes: %s", r)
	}
}

// Who may watch and not list gets what there is, all the same.
func TestProbeForbidden(t *testing.T) {
	s := newAPIServer(t, true)
	r, _, _ := busy(t, s, Options{}, func(x *times) { x.learn = 100 * time.Millisecond })
	s.change(func() {
		s.version = 1100
		s.refuse(1000, 403, metav1.StatusReasonForbidden)
	})
	s.set("services", serviceObject("c", "10.0.0.1"))
	s.CloseClientConnections()
	eventually(t, r, "what there is", func() bool { return r.has("services default/c", "!services default/a") })
	eventually(t, r, "a report", func() bool { return r.reported("list services: forbidden", "needs list and watch on services") == 1 })
}

// A watch that never began is no less one that has to be of the same history as its list.
func TestProbeBeforeTheFirstWatch(t *testing.T) {
	for name, refuse := range map[string]http.HandlerFunc{
		"told so": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"broken off, which client-go tries again": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newAPIServer(t, false)
			s.version = 1000
			s.set("services", serviceObject("a", "10.0.0.1"))
			s.broken = map[string]func(url.Values) http.HandlerFunc{"services": func(q url.Values) http.HandlerFunc {
				if q.Get("watch") == "" || q.Get("sendInitialEvents") != "" || s.version < 1000 {
					return nil
				}
				s.version = 20
				s.items["services"] = []runtime.Object{versioned(serviceObject("restored", "10.0.0.9"), 5)}
				return refuse
			}}
			r, _, _ := impatient(t, s, Options{Audit: time.Hour}, func(*times) {})
			eventually(t, r, "the other history", func() bool { return r.has("services default/restored", "!services default/a") })
		})
	}
}
