package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
)

// Lists wait for each other, streamed or not; the watches that stay open do not count.
func TestLiveMaxInflight(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		for _, most := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("streaming=%v most=%d", streaming, most), func(t *testing.T) {
				s := newAPIServer(t, streaming)
				s.hold = make(chan struct{})
				s.serveImports("v1beta1", true)
				o := Options{Pods: true, Imports: true, Limits: Limits{MaxInflight: most}}
				kinds := o.kinds()
				want := most
				if most == 0 {
					want = len(kinds)
				}
				r, stop := live(t, s, o)
				for left := len(kinds); left > 0; left-- {
					eventually(t, r, "requests", func() bool { now, _ := s.waiting(); return now == min(want, left) })
					s.hold <- struct{}{}
				}
				for _, k := range kinds {
					eventually(t, r, k.String(), func() bool { return r.replacements(k) == 1 })
				}
				if _, got := s.waiting(); got != want {
					t.Errorf("got %d lists at once, want %d", got, want)
				}
				waitForWatch(t, r, s, "services")
				s.send(t, "services", "ADDED", serviceObject("a", "10.0.0.1"))
				eventually(t, r, "an event", func() bool { return r.has("services default/a") })
				close(s.hold)
				stop()
				noneLeft(t)
			})
		}
	}
}

// A source that waits for a slot ends with its context.
func TestLiveMaxInflightEnds(t *testing.T) {
	s := newAPIServer(t, false)
	s.hold = make(chan struct{})
	r, stop := live(t, s, Options{Limits: Limits{MaxInflight: 1}})
	eventually(t, r, "a request", func() bool { now, _ := s.waiting(); return now == 1 })
	stop()
	close(s.hold)
	noneLeft(t)
}

// All kinds share one rate.
func TestLiveRate(t *testing.T) {
	s := newAPIServer(t, true)
	s.serveImports("v1beta1", true)
	var mu sync.Mutex
	told := 0
	host := ""
	o := Options{Pods: true, Imports: true, Limits: Limits{QPS: 10, Burst: 2}, Waited: func(method, at string, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		told++
		if host = at; method != http.MethodGet {
			t.Errorf("got method %s", method)
		}
	}}
	start := time.Now()
	r, _ := live(t, s, o)
	for _, k := range o.kinds() {
		eventually(t, r, k.String(), func() bool { return r.replacements(k) > 0 })
	}
	// Six requests: two at once, then one each tenth of a second.
	if took := time.Since(start); took < 390*time.Millisecond {
		t.Errorf("got six requests in %v, want 400 ms", took)
	}
	mu.Lock()
	defer mu.Unlock()
	if u, _ := url.Parse(s.URL); told != 6 || host != u.Host {
		t.Errorf("got %d requests of %q, want 6 of %q", told, host, u.Host)
	}
}

// There is no second rate, of client-go's own, below the one that is asked for.
func TestLimitIsTheOnlyOne(t *testing.T) {
	config := &rest.Config{Host: "https://a", RateLimiter: flowcontrol.NewFakeNeverRateLimiter()}
	Limits{QPS: 1000, Burst: 1000}.limit(config, nil)
	client, err := core.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if l := client.RESTClient().GetRateLimiter(); l != nil {
		t.Errorf("got a limiter of %v requests a second, want none", l.QPS())
	}
}

// Nobody waits whose limits were left as they are.
func TestLiveNoRate(t *testing.T) {
	s := newAPIServer(t, false)
	s.serveImports("v1alpha1", true)
	o := Options{Pods: true, Imports: true, Waited: func(_, _ string, d time.Duration) {
		if d > 300*time.Millisecond {
			t.Errorf("waited %v", d)
		}
	}}
	r, stop := live(t, s, o)
	for _, k := range o.kinds() {
		eventually(t, r, k.String(), func() bool { return r.replacements(k) > 0 })
	}
	eventually(t, r, "watches", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.watches) == len(o.kinds())
	})
	stop()
	if n := r.reported(""); n != 0 {
		t.Errorf("got %s", r)
	}
}
