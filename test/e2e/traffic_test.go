package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/e2e/node"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// TestTraffic is the scenario with bytes in it: a pod goes on talking to the backend, through the cluster address and
// straight to its pods, while every one of them is replaced.
func TestTraffic(t *testing.T) {
	s := begin(t, "default", server)
	s.apply("scenario.yaml")
	s.apply("client.yaml")
	client := s.pod("client")
	endpoints := s.follows("backend-headless", "http", 8080, notice, count(3))

	for _, e := range endpoints {
		url := label(e) + ".backend-headless:8080/api"
		body, err := curl(context.Background(), client, url)
		if want := s.podAt(e.Address); err != nil || body != want {
			t.Errorf("curl %s: got %q, %v, want %q", url, body, err, want)
		}
	}

	// getaddrinfo sorts the addresses of a headless Service, so each caller keeps to one pod until that goes.
	callers := []*caller{
		{url: "backend-service.default.svc.cluster.local:8080/api", before: 3, after: 6},
		{url: "http://backend-service:8080/api", before: 3, after: 6},
		{url: "backend-headless.default.svc.cluster.local:8080/api", before: 1, after: 2},
		{url: "http://backend-headless:8080/api", before: 1, after: 2},
	}
	for _, c := range callers {
		c.start(t, client)
	}
	for _, c := range callers {
		c.hears(t, c.before)
	}
	s.kubectl("rollout", "restart", "deployment/backend")
	s.kubectl("rollout", "status", "deployment/backend")
	s.settle("backend-headless", func(now []witness.Endpoint) bool { return len(now) == 3 && apart(now, endpoints) })
	for _, c := range callers {
		c.hears(t, c.after)
	}
	for _, c := range callers {
		c.stop()
		t.Logf("curl %s: %d calls, %d pods answered, %d calls failed", c.url, c.calls, len(c.pods), len(c.failures))
		if len(c.failures) > 0 {
			t.Errorf("curl %s: %d of %d calls failed, first: %v", c.url, len(c.failures), c.calls, c.failures[0])
		}
	}
}

// apart tells whether the lists have no endpoint in common.
func apart(a, b []witness.Endpoint) bool {
	return !slices.ContainsFunc(a, func(e witness.Endpoint) bool { return slices.Contains(b, e) })
}

// curl is what the URL says to the pod, without the end of the line.
func curl(ctx context.Context, from *node.Pod, url string) (string, error) {
	var complaint strings.Builder
	cmd := from.Command(ctx, "curl", "--silent", "--show-error", "--fail", "--max-time", "3", url)
	cmd.Stderr = &complaint
	body, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, complaint.String())
	}
	return strings.TrimSpace(string(body)), nil
}

// caller runs curl in a pod, over and over.
type caller struct {
	url           string
	before, after int    // how many pods it is to hear from until they are replaced, and in all
	stop          func() // returns when no curl runs any more; then the fields below are the test's

	mu       sync.Mutex
	calls    int
	pods     map[string]bool // that answered
	failures []error
}

func (c *caller) start(t *testing.T, from *node.Pod) {
	c.pods = map[string]bool{}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	c.stop = func() { cancel(); done.Wait() }
	t.Cleanup(c.stop)
	done.Go(func() {
		tick := time.NewTicker(25 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			c.call(ctx, from)
			<-tick.C
		}
	})
}

// call calls once. A call that was cut short by ctx does not count.
func (c *caller) call(ctx context.Context, from *node.Pod) {
	name, err := curl(ctx, from, c.url)
	if ctx.Err() != nil {
		return
	}
	if err == nil && !strings.HasPrefix(name, "backend-") {
		err = fmt.Errorf("got %q, want a backend's name", name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if err != nil {
		c.failures = append(c.failures, err)
		return
	}
	c.pods[name] = true
}

// hears waits until so many pods have answered.
func (c *caller) hears(t *testing.T, pods int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		heard, failures := len(c.pods), c.failures
		c.mu.Unlock()
		if heard >= pods {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("curl %s: %d pods answered, want %d; failures: %v", c.url, heard, pods, failures)
		}
	}
}
