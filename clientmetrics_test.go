package kubenames

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the API server is asked is counted by this plugin itself: the hook of client-go may be another's.
func TestClientMetrics(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer api.Close()
	host := strings.TrimPrefix(api.URL, "http://")
	s, err := startServer(". {\nbind 127.0.0.1\nkubenames cluster.local {\nendpoint " + api.URL + "\nstartup_timeout 1ms\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	if trouble := eventually(func() string {
		counted := gathered(t, "rest_client_requests_total", "418", host, "GET")
		took := gathered(t, "rest_client_request_duration_seconds", host, "GET")
		waited := gathered(t, "rest_client_rate_limiter_duration_seconds", host, "GET")
		if counted < 6 || took < 6 || waited < 6 { // three kinds, streamed and listed
			return fmt.Sprintf("got %v requests, %v durations and %v waits, want 6", counted, took, waited)
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
}

func TestLabelValue(t *testing.T) {
	if got := labelValue("a\xff:6443"); got != "a\uFFFD:6443" {
		t.Errorf("got %q", got)
	}
}
