package kubenames

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubenames/kubenames/plugin/zone"
)

// freePort is a port that is free.
func freePort(t *testing.T) string {
	t.Helper()
	starting.Lock()
	defer starting.Unlock()
	if err := newPort(); err != nil {
		t.Fatal(err)
	}
	return dnsserver.Port
}

// begin starts a server that is stopped when the test is over. Nothing is left behind then.
func begin(t *testing.T, corefile string) *server {
	t.Helper()
	captureLog(t)
	s, err := startServer(corefile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if left := eventually(leftBehind); left != "" {
			t.Error("left behind:\n", left)
		}
		if n := len(watching.all); n > 0 {
			t.Errorf("%d watches are left", n)
		}
	})
	return s
}

// has asks at an address until the name has the rcode.
func has(t *testing.T, addr, name string, rcode int) {
	t.Helper()
	if trouble := eventually(func() string {
		r, err := dns.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), addr)
		if err != nil {
			return err.Error()
		}
		if r.Rcode != rcode {
			return fmt.Sprintf("%s at %s: got %s, want %s", name, addr, dns.RcodeToString[r.Rcode], dns.RcodeToString[rcode])
		}
		return ""
	}); trouble != "" {
		t.Fatal(trouble)
	}
}

// Blocks that want the same of a cluster have one watch, and those that say the same of it one zone.
func TestWatchShared(t *testing.T) {
	api := newAPIServer(t, 0)
	ports := []string{freePort(t), freePort(t), freePort(t), freePort(t)}
	block := func(i int, zone, options string) string {
		return ".:" + ports[i] + " {\nbind 127.0.0.1\nkubenames " + zone + " {\nendpoint " + api.URL + "\n" + options + "\n}\n}\n"
	}
	s := begin(t, block(0, "cluster.local", "")+block(1, "cluster.local", "fallthrough\nstartup_timeout 6s")+block(2, "example.org", "ttl 7")+
		block(3, "cluster.local", "pods verified"))
	api.settles(t, "2221")
	if asked, lists, _, _ := api.load(); lists != 7 || asked != 2*7+7 {
		t.Errorf("got %d lists and %d requests, want 7, and for each an attempt to stream it, and a watch", lists, asked)
	}
	zones := map[*zone.Zone]bool{}
	for _, k := range s.handlers {
		zones[k.zone] = true
	}
	if len(zones) != 3 || s.handlers[0].zone != s.handlers[1].zone {
		t.Errorf("got %d zones, want 3, the first for two blocks", len(zones))
	}
	before := max(0, gathered(t, "dns_programming_duration_seconds", "cluster_ip"))
	api.service("later")
	for i, zone := range []string{"cluster.local.", "cluster.local.", "example.org.", "cluster.local."} {
		has(t, "127.0.0.1:"+ports[i], "later.n.svc."+zone, dns.RcodeSuccess)
	}
	api.put("endpointslices", `{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "metadata": {"namespace": "n", "name": "web-1",
		"resourceVersion": "%d", "labels": {"kubernetes.io/service-name": "web"}, "annotations": {"endpoints.kubernetes.io/last-change-trigger-time":
		"`+time.Now().UTC().Format(time.RFC3339)+`"}}, "endpoints": [{"addresses": ["10.1.0.1"], "hostname": "a"}]}`)
	for i, zone := range []string{"cluster.local.", "cluster.local.", "example.org.", "cluster.local."} {
		has(t, "127.0.0.1:"+ports[i], "a.web.n.svc."+zone, dns.RcodeSuccess)
	}
	if got := gathered(t, "dns_programming_duration_seconds", "cluster_ip") - before; got != 2 {
		t.Errorf("observed %v times, want once for each of the two watches", got)
	}
}

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

// A start that fails leaves a watch behind, for caddy tells nobody; the next start ends it.
func TestWatchStartFails(t *testing.T) {
	api, port := newAPIServer(t, 0), freePort(t)
	taken, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	corefile := func(options string) string {
		return ".:" + port + " {\nbind 127.0.0.1\nkubenames cluster.local {\nendpoint " + api.URL + "\n" + options + "\n}\n}\n"
	}
	captureLog(t)
	if _, err := startServer(corefile("pods verified")); err == nil {
		t.Fatal("it has started")
	}
	api.settles(t, "1111")
	taken.Close()
	begin(t, corefile(""))
	api.settles(t, "1110")
}

// In the lame duck's time changes are still seen.
func TestWatchLameduck(t *testing.T) {
	api := newAPIServer(t, 0)
	s, err := startServer(". {\nbind 127.0.0.1\nhealth 127.0.0.1:0 {\nlameduck 1s\n}\nkubenames cluster.local {\nendpoint " + api.URL + "\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	logged := captureLog(t)
	ended := make(chan []error)
	go func() { ended <- s.instance.ShutdownCallbacks() }()
	if trouble := eventually(func() string {
		if !strings.Contains(logged.String(), "lameduck") {
			return logged.String()
		}
		return ""
	}); trouble != "" {
		t.Fatal("no lame duck:", trouble)
	}
	api.service("later")
	has(t, s.udp, "later.n.svc.cluster.local.", dns.RcodeSuccess)
	select {
	case <-ended:
		t.Fatal("the lame duck was over before the answer")
	default:
	}
	for _, err := range <-ended {
		t.Error(err)
	}
	api.settles(t, "0000")
	if err := s.instance.Stop(); err != nil {
		t.Error(err)
	}
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
