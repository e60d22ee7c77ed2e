package kube

import (
	"net/url"
	"sync"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Each request is told of once: lists and errors with how long they took, watches without.
func TestLiveObserved(t *testing.T) {
	s := newAPIServer(t, false) // refuses to stream, then lists
	s.forbid("endpointslices", true)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	codes := map[string]int{}
	r, stop := live(t, s, Options{Observe: func(q Request) {
		mu.Lock()
		defer mu.Unlock()
		codes[q.Code]++
		if q.Method != "GET" || q.Host != u.Host {
			t.Errorf("got %+v, want GET of %s", q, u.Host)
		}
		if q.Took == 0 {
			codes["endless"]++
		}
	}})
	eventually(t, r, "services", func() bool { return r.replacements(cluster.KindService) > 0 })
	eventually(t, r, "requests", func() bool {
		mu.Lock()
		defer mu.Unlock()
		// Of namespaces and services: one that is refused, a list and a watch. Of slices: errors.
		return codes["422"] == 2 && codes["200"] == 4 && codes["endless"] == 2 && codes["403"] >= 2
	})
	s.CloseClientConnections()
	s.Listener.Close()
	eventually(t, r, "an error", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return codes["<error>"] > 0
	})
	stop()
	noneLeft(t)
}
