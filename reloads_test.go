package kubenames

import (
	"fmt"
	"io"
	golog "log"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
)

// reloads is a server whose Corefile changes.
type reloads struct {
	*server
	*testing.T
	api  *apiServer
	port string
}

// corefile is a Corefile with options of the one block, and other blocks.
func (r *reloads) corefile(options, others string) string {
	return ".:" + r.port + " {\nbind 127.0.0.1\nerrors\nkubenames cluster.local {\nendpoint " + r.api.URL + "\n" + options + "\n}\nwhoami\n}\n" + others
}

func beginReloads(t *testing.T, services int, options string) *reloads {
	r := &reloads{T: t, api: newAPIServer(t, services), port: freePort(t)}
	r.server = begin(t, r.corefile(options, ""))
	return r
}

// A reload under load loses no question and answers none wrongly. One that leaves the source as it is asks the API server for
// nothing; one that changes it ends the old watch when the new one is whole.
func TestWatchReload(t *testing.T) {
	r := beginReloads(t, 0, "")
	kubeconfig := t.TempDir() + "/config"
	write := func(token string) string {
		text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
			clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {token: %q}}]}`, r.api.URL, token)
		if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "kubeconfig " + kubeconfig
	}
	kube := func(corefile, token string) string {
		return strings.Replace(corefile, "endpoint "+r.api.URL, write(token), 1)
	}
	p := press(t, r.udp)
	defer p.end()
	r.api.settles(t, "1110")
	last := r.serial("cluster.local.")
	for i, c := range []struct {
		corefile        string
		lists           int
		watches         string
		sameZone, later bool
	}{
		{r.corefile("", ""), 0, "1110", true, false},
		{r.corefile("fallthrough in-addr.arpa\nstartup_timeout 7s", ""), 0, "1110", true, false},
		{r.corefile("ttl 7", ""), 0, "1110", false, true},
		{r.corefile("ttl 8", ""), 0, "1110", false, true},
		{r.corefile("pods verified", ""), 4, "1111", false, true},
		{r.corefile("pods verified", ""), 0, "1111", true, false},
		{r.corefile("pods verified\nnamespaces n", ""), 0, "1111", false, true},
		{r.corefile("apiserver_qps 90", ""), 3, "1110", false, true},
		{kube(r.corefile("", ""), "a"), 3, "1110", false, true},
		{kube(r.corefile("", ""), "a"), 0, "1110", true, false},
		{kube(r.corefile("", ""), "b"), 3, "1110", false, true},
	} {
		p.step.Store(int64(i))
		if strings.Contains(c.corefile, "kubeconfig") {
			write([]string{"a", "a", "b"}[i-8])
		}
		p.more(t)
		z := r.handlers[0].zone
		asked, lists, _, _ := r.api.load()
		if err := r.reload(c.corefile); err != nil {
			t.Fatal(i, err)
		}
		if !r.handlers[0].Ready() {
			t.Errorf("%d: not ready", i)
		}
		r.api.settles(t, c.watches)
		p.more(t)
		now, all, _, _ := r.api.load()
		if all-lists != c.lists || c.lists == 0 && now != asked {
			t.Errorf("%d: got %d lists and %d requests, want %d lists", i, all-lists, now-asked, c.lists)
		}
		for _, n := range r.api.ended() {
			if n != all {
				t.Errorf("%d: a watch ended after %d of %d lists", i, n-lists, all-lists)
			}
		}
		if (r.handlers[0].zone == z) != c.sameZone {
			t.Errorf("%d: the same zone: got %t, want %t", i, !c.sameZone, c.sameZone)
		}
		serial := r.serial("cluster.local.")
		if (serial != last) != c.later || int32(serial-last) < 0 {
			t.Errorf("%d: serial %d after %d", i, serial, last)
		}
		last = serial
		r.api.service(fmt.Sprint("later", i))
		has(t, r.udp, fmt.Sprintf("later%d.n.svc.cluster.local.", i), dns.RcodeSuccess)
		last = r.serial("cluster.local.")
	}
	p.end()
	if n := p.lost.Load(); n > 0 {
		t.Errorf("%d questions were lost", n)
	}
}

// A reload that fails after its block has begun leaves the old instance as it was, and nothing of the new one: neither where
// the source is another, nor where it is the same; and the server is ready.
func TestWatchReloadFails(t *testing.T) {
	r := beginReloads(t, 0, "")
	ready := freePort(t)
	more := func(corefile string) string {
		return strings.Replace(corefile, "whoami", "whoami\nready 127.0.0.1:"+ready, 1)
	}
	if err := r.reload(more(r.corefile("", ""))); err != nil {
		t.Fatal(err)
	}
	r.api.settles(t, "1110")
	taken, err := net.Listen("tcp", "127.0.0.1:0") // it says nothing, neither as a DNS server nor as an API server
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	last := "other.test:" + port + " {\nbind 127.0.0.1\nwhoami\n}\n" // a server that cannot listen
	p := press(t, r.udp)
	defer p.end()
	p.more(t)
	before := runtime.NumGoroutine()
	for i, options := range []string{"pods verified", "ttl 9", "express 1", "", "endpoint http://127.0.0.1:" + port + "\nstartup_timeout 50ms"} {
		if options == "express 1" && runtime.GOOS != "linux" {
			continue
		}
		err = r.reload(more(r.corefile(options, last)))
		if err == nil || !strings.Contains(err.Error(), "address already in use") {
			t.Fatal(options, err)
		}
		p.more(t)
		if got := instances.now(); !slices.Equal(got, r.handlers) {
			t.Errorf("%s: got %d handlers, want the old one", options, len(got))
		}
		r.api.settles(t, "1110")
		r.api.service(fmt.Sprint("later", i))
		has(t, r.udp, fmt.Sprintf("later%d.n.svc.cluster.local.", i), dns.RcodeSuccess)
		if trouble := eventually(func() string { return fetch("http://127.0.0.1:" + ready + "/ready") }); trouble != "" {
			t.Errorf("%s: /ready: %s", options, trouble)
		}
	}
	running.mu.Lock()
	if len(running.alive) > 0 || len(running.lanes) > 0 {
		t.Errorf("the fleet knows %d instances, and %d lanes", len(running.alive), len(running.lanes))
	}
	running.mu.Unlock()
	watching.mu.Lock()
	if len(watching.all) != 1 {
		t.Errorf("got %d watches, want 1", len(watching.all))
	}
	watching.mu.Unlock()
	if trouble := goroutines(before); trouble != "" {
		t.Error(trouble)
	}
	if err := r.reload(r.corefile("pods verified", "")); err != nil {
		t.Fatal(err)
	}
	r.api.settles(t, "1111")
	has(t, r.udp, "later0.n.svc.cluster.local.", dns.RcodeSuccess)
	p.end()
	if n := p.lost.Load(); n > 0 {
		t.Errorf("%d questions were lost", n)
	}
}

// fetch says what is wrong with what is at the URL.
func fetch(url string) string {
	r, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	if text, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s: %s", r.Status, text)
	}
	return ""
}

// goroutines waits until there are no more than there were, but for those of the load and of connections to the API server
// that come and go.
func goroutines(before int) string {
	return eventually(func() string {
		if n := runtime.NumGoroutine(); n > before+6 {
			all := make([]byte, 1<<20)
			return fmt.Sprintf("got %d goroutines, want %d\n%s", n, before, all[:runtime.Stack(all, true)])
		}
		return ""
	})
}

// footprint is what a process has.
type footprint struct {
	heap, goroutines, conns, series int
}

func (r *reloads) footprint() (f footprint) {
	r.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		r.Fatal(err)
	}
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), "coredns_kubenames_") {
			f.series += len(family.GetMetric())
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what has a finalizer
	runtime.ReadMemStats(&m)
	_, _, f.conns, _ = r.api.load()
	f.heap, f.goroutines = int(m.HeapAlloc), runtime.NumGoroutine()
	return f
}

// One hundred reloads leave everything as it was, be they such that keep the watch, such that change it, or such that fail.
func TestWatchReloadHundred(t *testing.T) {
	r := beginReloads(t, 200, "")
	golog.SetOutput(io.Discard)                           // the log would be a part of the heap
	last := "other.test:1 {\nbind 192.0.2.1\nwhoami\n}\n" // a server that cannot listen
	round := func(all ...string) {
		for _, options := range all {
			options, fails := strings.CutPrefix(options, "fails ")
			others := ""
			if fails {
				others = last
			}
			if err := r.reload(r.corefile(options, others)); (err != nil) != fails {
				t.Fatal(options, err)
			}
		}
		has(t, r.udp, "s199.n.svc.cluster.local.", dns.RcodeSuccess)
		r.api.settles(t, "1110")
	}
	keep := func() { round("", "ttl 7", "fails ttl 8", "fallthrough") }
	change := func() { round("pods verified", "fails noendpoints", "") }
	for range 3 {
		change()
		keep()
	}
	before := r.footprint()
	for name, many := range map[string]func(){
		"keep": func() {
			for range 14 {
				keep()
			}
		},
		"change": func() {
			for range 15 {
				change()
			}
		},
	} {
		many()
		var after footprint
		if trouble := eventually(func() string {
			after = r.footprint()
			if after.goroutines > before.goroutines+3 || after.conns > before.conns+1 || after.heap > before.heap+before.heap/20 ||
				after.series > before.series+2 { // codes that requests have for the first time
				return fmt.Sprintf("%s: before %+v, after %+v", name, before, after)
			}
			return ""
		}); trouble != "" {
			t.Error(trouble)
		}
		t.Logf("%s: before %+v, after %+v", name, before, after)
	}
}
