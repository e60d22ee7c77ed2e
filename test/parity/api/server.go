package api

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Server serves objects over HTTP on the loopback address. Any goroutine may use it.
type Server struct {
	store *store
	http  *httptest.Server
	views map[string]View

	gatesMu sync.Mutex
	gates   map[string]*gate // by view
}

// View changes what a client sees of an object: nil if nothing. It returns its argument or another object.
type View func(Object) Object

// NewServer starts a server without objects. A client whose URL ends in the name of a view sees the objects through it.
func NewServer(views map[string]View) *Server {
	s := &Server{store: newStore(), views: views, gates: map[string]*gate{}}
	s.http = httptest.NewUnstartedServer(s)
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.http.Start()
	return s
}

// URL is where clients find the server; "" is the view of the objects themselves.
func (s *Server) URL(view string) string { return strings.TrimSuffix(s.http.URL+"/"+view, "/") }

// Close ends the server and all watches.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Put makes the object of a resource what it is now.
func (s *Server) Put(resource string, o Object) { s.store.put(resource, o) }

// Remove deletes the object of a resource.
func (s *Server) Remove(resource, namespace, name string) {
	s.store.remove(resource, namespace+"/"+name)
}

// Bookmark sends a bookmark to all watches.
func (s *Server) Bookmark() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.version++
	s.store.append(event{version: s.store.version})
}

// Break ends all watches, which can go on where they were.
func (s *Server) Break() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.broken++
	close(s.store.changed)
	s.store.changed = make(chan struct{})
}

// Forget ends all watches, and has all clients list again.
func (s *Server) Forget() {
	s.store.mu.Lock()
	s.store.version++
	s.store.oldest = s.store.version
	s.store.mu.Unlock()
	s.Break()
}

func uid(version uint64) types.UID { return types.UID("uid-" + strconv.FormatUint(version, 10)) }

// ServeHTTP lists or watches one resource of the whole cluster.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	resource := path[len(path)-1]
	if _, ok := Resources[resource]; !ok || r.Method != http.MethodGet {
		fail(w, http.StatusNotFound, metav1.StatusReasonNotFound, "not served here: "+r.URL.Path)
		return
	}
	view := path[0]
	if _, ok := s.views[view]; !ok {
		view = ""
	}
	s.gate(view).pass(r.Context(), resource)
	q := r.URL.Query()
	see, err := selection(s.views[view], q.Get("labelSelector"), q.Get("fieldSelector"))
	if err != nil {
		fail(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if q.Get("watch") != "true" && q.Get("watch") != "1" {
		s.list(w, resource, see)
		return
	}
	s.watch(w, r, resource, see)
}

// selection is the view with the selectors of a request.
func selection(view View, label, field string) (View, error) {
	byLabel, err := labels.Parse(label)
	if err != nil {
		return nil, err
	}
	byField, err := fields.ParseSelector(field)
	if err != nil {
		return nil, err
	}
	return func(o Object) Object {
		if o == nil || !byLabel.Matches(labels.Set(o.GetLabels())) || !byField.Matches(fieldsOf(o)) {
			return nil
		}
		if view != nil {
			return view(o)
		}
		return o
	}, nil
}

func (s *Server) list(w http.ResponseWriter, resource string, see View) {
	all, version := s.store.list(resource)
	items := []Object{}
	for _, o := range all {
		if o = see(o); o != nil {
			items = append(items, o)
		}
	}
	kind := Resources[resource]
	json.NewEncoder(w).Encode(map[string]any{
		"kind": kind[1] + "List", "apiVersion": kind[0],
		"metadata": map[string]string{"resourceVersion": strconv.FormatUint(version, 10)}, "items": items,
	})
}

func fail(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(code))
	json.NewEncoder(w).Encode(status(code, reason, message))
}

func status(code int32, reason metav1.StatusReason, message string) *metav1.Status {
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   "Failure", Code: code, Reason: reason, Message: message,
	}
}
