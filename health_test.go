package kubenames

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// moody is an API server of a cluster with a Service, that can be away, and that may forbid a kind.
type moody struct {
	*httptest.Server
	mu        sync.Mutex
	away      bool
	forbidden string
}

func newMoody(t *testing.T) *moody {
	m := &moody{}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

// become changes its mood. Connections that are open are lost.
func (m *moody) become(away bool, forbidden string) {
	m.mu.Lock()
	m.away, m.forbidden = away, forbidden
	m.mu.Unlock()
	m.CloseClientConnections()
}

// ServeHTTP implements http.Handler.
func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := path.Base(r.URL.Path)
	m.mu.Lock()
	away, forbidden := m.away, m.forbidden == resource
	m.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case away:
		panic(http.ErrAbortHandler)
	case forbidden:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "%s is forbidden"}`, resource)
		return
	}
	version, kind, item := "v1", "Namespace", `"metadata": {"name": "n", "resourceVersion": "7"}`
	switch resource {
	case "services":
		kind, item = "Service", `"metadata": {"namespace": "n", "name": "web", "resourceVersion": "8"}, "spec": {"clusterIP": "10.0.0.1"}`
	case "endpointslices":
		version, kind, item = "discovery.k8s.io/v1", "EndpointSlice", `"metadata": {"namespace": "n", "name": "none", "resourceVersion": "9"}, "addressType": "IPv4", "endpoints": []`
	}
	if strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata") {
		version, kind = "meta.k8s.io/v1", "PartialObjectMetadata"
	}
	object := fmt.Sprintf(`"kind": %q, "apiVersion": %q`, kind, version)
	q := r.URL.Query()
	if q.Get("watch") == "" {
		fmt.Fprintf(w, `{"kind": %q, "apiVersion": %q, "metadata": {"resourceVersion": "10"}, "items": [{%s}]}`, kind+"List", version, item)
		return
	}
	if q.Get("sendInitialEvents") != "" {
		fmt.Fprintf(w, `{"type": "ADDED", "object": {%s, %s}}`, object, item)
		fmt.Fprintf(w, `{"type": "BOOKMARK", "object": {%s, "metadata": {"resourceVersion": "10", "annotations": {"k8s.io/initial-events-end": "true"}}}}`, object)
	}
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// address asks for an address, with EDNS or without.
func (s *server) address(t *testing.T, name string, edns bool) *dns.Msg {
	t.Helper()
	q := new(dns.Msg).SetQuestion(name, dns.TypeA)
	if edns {
		q.SetEdns0(1232, false)
	}
	m, _, err := (&dns.Client{Timeout: patience}).Exchange(q, s.udp)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// extended is the extended error of a message, -1 if there is none.
func extended(m *dns.Msg) int {
	if opt := m.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok {
				return int(e.InfoCode)
			}
		}
	}
	return -1
}

func startMoody(t *testing.T, m *moody, options string) *server {
	t.Helper()
	s, err := startServer(". {\nbind 127.0.0.1\nkubenames moody.local {\nendpoint " + m.URL + "\n" + options + "\n}\ntemplate ANY ANY elsewhere.org {\nrcode NXDOMAIN\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// While an API server is away for too long, answers are what they were and say so to who understands it; the server stays ready.
func TestStaleAfter(t *testing.T) {
	api := newMoody(t)
	began := time.Now()
	s := startMoody(t, api, "stale_after 2s")
	web := func(wantExtended int) string {
		m := s.address(t, "web.n.svc.moody.local.", true)
		if len(m.Answer) != 1 || s.address(t, "web.n.svc.moody.local.", false).IsEdns0() != nil {
			t.Fatalf("got %v", m)
		}
		if !s.handlers[0].Ready() {
			t.Fatal("not ready any more")
		}
		if got := extended(m); got != wantExtended {
			return fmt.Sprintf("got extended error %d, want %d", got, wantExtended)
		}
		return ""
	}
	until := func(wantExtended int, reached bool) {
		t.Helper()
		if trouble := eventually(func() string {
			if got := gathered(t, "api_unreached_seconds", "moody.local."); (got == 0) != reached {
				return fmt.Sprintf("got out of reach for %v, want in reach: %v", got, reached)
			}
			return web(wantExtended)
		}); trouble != "" {
			t.Error(trouble)
		}
	}
	until(-1, true)
	api.become(true, "")
	until(int(dns.ExtendedErrorCodeStaleAnswer), false)
	if d := time.Since(began); d < 2*time.Second { // it was heard of since then
		t.Errorf("stale after %v", d)
	}
	api.become(false, "")
	until(-1, true)
}

// A kind that may not be listed keeps names from being answered, and nothing else; once it may be, they are.
func TestForbiddenKind(t *testing.T) {
	api := newMoody(t)
	api.become(false, "endpointslices")
	s := startMoody(t, api, "startup_timeout 100ms")
	if m := s.address(t, "web.n.svc.moody.local.", true); m.Rcode != dns.RcodeServerFailure || s.handlers[0].Ready() {
		t.Errorf("got %v, ready %v", m, s.handlers[0].Ready())
	}
	if m := s.address(t, "x.elsewhere.org.", false); m.Rcode != dns.RcodeNameError {
		t.Errorf("another zone: got %v", m)
	}
	api.become(false, "")
	if trouble := eventually(func() string {
		if !s.handlers[0].Ready() {
			return "never ready"
		}
		return ""
	}); trouble != "" {
		t.Fatal(trouble)
	}
	if m := s.address(t, "web.n.svc.moody.local.", true); len(m.Answer) != 1 {
		t.Errorf("got %v", m)
	}
}
