// Package api is as much of a Kubernetes API server as those can see who follow all objects of a kind. It speaks
// protobuf, as real ones do, and keeps objects as they are sent: a million endpoints take little more than their bytes,
// and sending them little more than a copy. (The one of test/parity can do more, in JSON.)
package api

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Object is an API object.
type Object interface {
	runtime.Object
	metav1.Object
}

// Server serves objects over HTTP on the loopback address. Any goroutine may use it.
type Server struct {
	store *store
	http  *httptest.Server
}

// NewServer starts a server without objects.
func NewServer() *Server {
	s := &Server{store: newStore()}
	s.http = httptest.NewServer(s)
	return s
}

// URL is where clients find the server.
func (s *Server) URL() string { return s.http.URL }

// Close ends the server and all watches.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Put makes the object of a resource what it is now. The server takes it: the caller does not use it any more.
func (s *Server) Put(resource string, o Object) { s.store.put(resource, o) }

// Remove deletes the object of a resource, if it is there.
func (s *Server) Remove(resource, namespace, name string) { s.store.remove(resource, namespace, name) }

// ServeHTTP lets a client watch one resource of the whole cluster, or read the metadata of its objects, or ask for the
// version of the cluster.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(r.URL.Path, "/")
	resource := path[len(path)-1]
	q := r.URL.Query()
	watching := q.Get("watch") == "true" || q.Get("watch") == "1"
	_, served := examples[resource]
	switch {
	case served && watching:
	case served && q.Get("limit") == "1":
		w.Header().Set("Content-Type", "application/json")
		example := examples[resource].GetObjectKind().GroupVersionKind()
		fmt.Fprintf(w, `{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"%d"},"items":[]}`,
			example.Kind, example.GroupVersion(), s.store.now())
		return
	default:
		http.Error(w, "not served here: "+r.URL.String(), http.StatusNotFound)
		return
	}
	version, _ := strconv.ParseUint(q.Get("resourceVersion"), 10, 64)
	w.Header().Set("Content-Type", "application/vnd.kubernetes.protobuf;stream=watch")
	out := &stream{w: bufio.NewWriterSize(w, 1<<16), flush: http.NewResponseController(w).Flush}
	partial := strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata;")
	if q.Get("sendInitialEvents") == "true" {
		var all []stored
		all, version = s.store.list(resource)
		for _, o := range all {
			if partial {
				out.send("ADDED", o.metadata)
			} else {
				out.send("ADDED", o.whole)
			}
		}
		if end := bookmark(resource, true); partial {
			out.send("BOOKMARK", metadata(end, version))
		} else {
			out.send("BOOKMARK", encode(end, version))
		}
	}
	if partial {
		_ = out.end() // nobody watches metadata
		return
	}
	s.follow(r, out, resource, version)
}

// quiet is how long a watch has nothing before it has a bookmark, as with real servers.
const quiet = time.Minute

// follow sends what happens after a version, until the client goes.
func (s *Server) follow(r *http.Request, out *stream, resource string, version uint64) {
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	for {
		events, last, more := s.store.since(resource, version)
		for _, e := range events {
			out.send(e.kind, e.raw)
		}
		version = last
		if out.end() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-more:
		case <-tick.C:
			out.send("BOOKMARK", encode(bookmark(resource, false), version))
		}
	}
}

// stream is the events that are sent to one client. It belongs to one goroutine.
type stream struct {
	w     *bufio.Writer
	flush func() error
}

// send writes an event with its length in front of it. Errors are those of end.
func (s *stream) send(kind string, raw []byte) {
	event := metav1.WatchEvent{Type: kind, Object: runtime.RawExtension{Raw: raw}}
	frame, err := event.Marshal()
	if err != nil {
		panic(fmt.Sprintf("an event that is no message: %v", err)) // ours alone
	}
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(frame)))
	s.w.Write(length[:])
	s.w.Write(frame)
}

// end sends all that was written.
func (s *stream) end() error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	return s.flush()
}
