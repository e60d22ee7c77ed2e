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
	Beta  bool // imports of version v1beta1 are served too; it may change before the first request
	store *store
	http  *httptest.Server
	views map[string]View

	gatesMu sync.Mutex
	gates   map[string]*gate // by view
}

// View changes what a client sees of an object that its label selector chose: nil if nothing. It returns its argument or
// another object.
type View func(Object, labels.Selector) Object

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

// ServeHTTP lists or watches one resource of the whole cluster, or tells of what is served.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	view := path[0]
	if _, ok := s.views[view]; ok {
		path = path[1:]
	} else {
		view = ""
	}
	w.Header().Set("Content-Type", "application/json")
	if found := s.discover(strings.Join(path, "/")); found != nil {
		json.NewEncoder(w).Encode(found)
		return
	}
	of, ok := s.served(path)
	if !ok || r.Method != http.MethodGet {
		fail(w, http.StatusNotFound, metav1.StatusReasonNotFound, "not served here: "+r.URL.Path)
		return
	}
	s.gate(view).pass(r.Context(), of.name)
	q := r.URL.Query()
	see, err := selection(s.views[view], q.Get("labelSelector"), q.Get("fieldSelector"))
	if err != nil {
		fail(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error())
		return
	}
	if q.Get("watch") != "true" && q.Get("watch") != "1" {
		s.list(w, of, see)
		return
	}
	s.watch(w, r, of, see)
}

// selection is the view with the selectors of a request.
func selection(view View, label, field string) (sight, error) {
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
			return view(o, byLabel)
		}
		return o
	}, nil
}

// sight is what a client sees of an object: nil if nothing.
type sight func(Object) Object

func (s *Server) list(w http.ResponseWriter, of resource, see sight) {
	all, version := s.store.list(of.name)
	items := []Object{}
	for _, o := range all {
		if o = see(o); o != nil {
			items = append(items, of.versioned(o))
		}
	}
	json.NewEncoder(w).Encode(map[string]any{
		"kind": of.kind + "List", "apiVersion": of.version,
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
