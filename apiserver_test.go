package kubenames

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// apiServer is an API server of a cluster with a namespace n. It speaks JSON, and knows what it is asked.
type apiServer struct {
	*httptest.Server
	mu      sync.Mutex
	version int
	objects map[string][]listed // by resource; the API has no deletions
	lists   map[string]int
	asked   int
	watches map[string]int // that are open
	conns   map[net.Conn]bool
	ends    []int         // lists there had been when watches ended
	more    chan struct{} // closed when there is something
}

// listed is an object in JSON, and the version of it.
type listed struct {
	version int
	text    string
}

// resources are the kinds that there are.
var resources = map[string]string{
	"namespaces": "v1 NamespaceList", "services": "v1 ServiceList", "pods": "v1 PodList", "endpointslices": "discovery.k8s.io/v1 EndpointSliceList",
}

func newAPIServer(t *testing.T, services int) *apiServer {
	a := &apiServer{
		version: 100, objects: map[string][]listed{}, lists: map[string]int{}, watches: map[string]int{}, conns: map[net.Conn]bool{},
		more: make(chan struct{}),
	}
	a.put("namespaces", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "resourceVersion": "%d"}}`)
	a.service("web")
	for i := range services {
		a.service(fmt.Sprint("s", i))
	}
	a.Server = httptest.NewUnstartedServer(a)
	a.Config.ConnState = func(c net.Conn, s http.ConnState) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if s == http.StateClosed {
			delete(a.conns, c)
		} else {
			a.conns[c] = true
		}
	}
	a.Start()
	t.Cleanup(func() { // who still watches makes no test hang
		a.Listener.Close()
		a.CloseClientConnections()
		a.Close()
	})
	return a
}

// put puts an object into the cluster, with its version in the place of %d.
func (a *apiServer) put(resource, object string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	a.objects[resource] = append(a.objects[resource], listed{a.version, fmt.Sprintf(object, a.version)})
	close(a.more)
	a.more = make(chan struct{})
}

func (a *apiServer) service(name string) {
	a.mu.Lock()
	ip := fmt.Sprintf("10.%d.%d.%d", a.version>>16, a.version>>8&255, a.version&255)
	a.mu.Unlock()
	a.put("services", `{"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "n", "name": "`+name+`", "resourceVersion": "%d"},
		"spec": {"clusterIP": "`+ip+`", "clusterIPs": ["`+ip+`"], "ports": [{"name": "http", "protocol": "TCP", "port": 80}]}}`)
}

// since is the objects of a resource that are later than a version, the last version, and what tells when there is more.
func (a *apiServer) since(resource string, version int) (all []string, last int, more chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.objects[resource] {
		if o.version > version {
			all = append(all, o.text)
		}
	}
	return all, a.version, a.more
}

// ServeHTTP implements http.Handler.
func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource, q := path.Base(r.URL.Path), r.URL.Query()
	var version, kind string
	_, _ = fmt.Sscan(resources[resource], &version, &kind)
	w.Header().Set("Content-Type", "application/json")
	a.mu.Lock()
	a.asked++
	a.mu.Unlock()
	switch {
	case q.Get("sendInitialEvents") != "":
		w.WriteHeader(http.StatusBadRequest)
	case q.Get("watch") == "":
		a.mu.Lock()
		a.lists[resource]++
		a.mu.Unlock()
		all, last, _ := a.since(resource, 0)
		fmt.Fprintf(w, `{"apiVersion": %q, "kind": %q, "metadata": {"resourceVersion": "%d"}, "items": [%s]}`, version, kind, last, strings.Join(all, ","))
	default:
		a.count(resource, 1)
		defer a.count(resource, -1)
		last, _ := strconv.Atoi(q.Get("resourceVersion"))
		for r.Context().Err() == nil {
			all, now, more := a.since(resource, last)
			for _, o := range all {
				fmt.Fprintf(w, `{"type": "ADDED", "object": %s}`+"\n", o)
			}
			last = now
			w.(http.Flusher).Flush()
			select {
			case <-more:
			case <-r.Context().Done():
			}
		}
	}
}

func (a *apiServer) count(resource string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watches[resource] += n
	if n < 0 {
		a.ends = append(a.ends, a.sum())
	}
}

// sum is how many lists there were; mu is held.
func (a *apiServer) sum() (all int) {
	for _, n := range a.lists {
		all += n
	}
	return all
}

// ended is how many lists there had been when each of the watches ended that ended since the last time.
func (a *apiServer) ended() []int {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.ends
	a.ends = nil
	return all
}

// load is what the server has to do: how often it was asked, for how many lists, by how many connections, and how many
// watches of each kind are open.
func (a *apiServer) load() (asked, lists, conns int, watches string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, kind := range []string{"namespaces", "services", "endpointslices", "pods"} {
		watches += strconv.Itoa(a.watches[kind])
	}
	return a.asked, a.sum(), len(a.conns), watches
}

// settles waits until so many watches of each kind are open.
func (a *apiServer) settles(t *testing.T, want string) {
	t.Helper()
	if trouble := eventually(func() string {
		if _, _, _, got := a.load(); got != want {
			return fmt.Sprintf("open watches of namespaces, services, slices and pods: got %s, want %s", got, want)
		}
		return ""
	}); trouble != "" {
		t.Fatal(trouble)
	}
}
