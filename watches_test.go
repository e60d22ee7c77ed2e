package kubenames

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

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
	if trouble := eventually(func() string { // it is observed once it is answered
		if got := gathered(t, "dns_programming_duration_seconds", "cluster_ip") - before; got != 2 {
			return fmt.Sprintf("observed %v times, want once for each of the two watches", got)
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
}

// A reload that finds a watch that has known its cluster for longer than the start may take does not say that it is not known.
func TestWatchKnownForLong(t *testing.T) {
	r := beginReloads(t, 0, "")
	logged := captureLog(t)
	for range 30 {
		if err := r.reload(r.corefile("startup_timeout 1ms", "")); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(logged.String(), "before the cluster is known") {
		t.Error(logged)
	}
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
	captureLog(t)
	api := newAPIServer(t, 0)
	s, err := startServer(". {\nbind 127.0.0.1\nhealth 127.0.0.1:0 {\nlameduck 1ms\n}\nlinger\nkubenames cluster.local {\nendpoint " + api.URL + "\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	ended, over := s.linger(t)
	api.service("later")
	has(t, s.udp, "later.n.svc.cluster.local.", dns.RcodeSuccess)
	over()
	for _, err := range <-ended {
		t.Error(err)
	}
	api.settles(t, "0000")
	if err := s.instance.Stop(); err != nil {
		t.Error(err)
	}
}
