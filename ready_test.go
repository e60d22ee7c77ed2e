package kubenames

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coredns/caddy"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// slow is a block that starts late: its API server, which each time is another one, does not answer.
func slow(port string, time int) string {
	return fmt.Sprintf("slow.test:%s {\nbind 127.0.0.1\nkubenames {\nendpoint http://127.0.0.1:%d\nstartup_timeout 500ms\n}\n}\n", port, 1+time)
}

// At the first moment that it is ready, a server answers: before it has its sockets it is not, though it knows the cluster.
func TestReadyListens(t *testing.T) {
	captureLog(t)
	port, ready := freePort(t), freePort(t)
	var started sync.WaitGroup
	started.Go(func() {
		instance, err := caddy.Start(input(".:" + port + " {\nbind 127.0.0.1\nready 127.0.0.1:" + ready +
			"\nkubenames cluster.local {\nmanifests examples\n}\n}\n" + slow(port, 0)))
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() {
			if err := (&server{instance: instance}).stop(); err != nil {
				t.Error(err)
			}
		})
	})
	defer started.Wait()
	began := time.Now()
	for fetch("http://127.0.0.1:"+ready+"/ready") != "" {
		if time.Since(began) > patience {
			t.Fatal("never ready")
		}
	}
	m, _, err := (&dns.Client{Timeout: patience}).Exchange(new(dns.Msg).SetQuestion("backend-service.default.svc.cluster.local.", dns.TypeA), "127.0.0.1:"+port)
	if err != nil || len(m.Answer) != 1 {
		t.Errorf("ready, and got %v, %v", m, err)
	}
}

// Readiness is not taken back by a reload, however long that takes, and by one that fails neither. That a block does not know its
// cluster is its own affair.
func TestReadyReload(t *testing.T) {
	r := beginReloads(t, 0, "")
	port := freePort(t)
	times := 0
	corefile := func(options string) string {
		times++
		block := strings.Replace(r.corefile(options, ""), "whoami", "ready 127.0.0.1:"+port+" {\nmonitor continuously\n}", 1)
		return slow(r.port, times) + block // which begins when the other has waited
	}
	if err := r.reload(corefile("")); err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	quit, asked := make(chan struct{}), new(atomic.Int64)
	asking.Go(func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		for {
			select {
			case <-quit:
				return
			default:
			}
			answer, err := client.Get("http://127.0.0.1:" + port + "/ready")
			if err != nil {
				continue // CoreDNS opens this socket anew
			}
			text, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			n := asked.Add(1)
			if answer.StatusCode != http.StatusOK && string(text) != "Shutting down" { // which the plugin says of itself
				t.Errorf("request %d: %s: %s", n, answer.Status, text)
				return
			}
		}
	})
	answered := func(when any) { // who asks goes on to ask
		want := asked.Load() + 20
		if trouble := eventually(func() string {
			if n := asked.Load(); n < want && !t.Failed() {
				return fmt.Sprintf("asked %d times, want %d", n, want)
			}
			return ""
		}); trouble != "" {
			t.Error(when, trouble)
		}
	}
	for i, options := range []string{"", "ttl 7", "pods verified", "apiserver_qps 90"} {
		answered(i)
		if err := r.reload(corefile(options)); err != nil {
			t.Error(i, err)
		}
	}
	answered("at last")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, other, _ := net.SplitHostPort(taken.Addr().String())
	if err := r.reload(corefile("ttl 8") + "other.test:" + other + " {\nbind 127.0.0.1\nwhoami\n}\n"); err == nil {
		t.Error("no error where a server cannot listen")
	}
	close(quit)
	asking.Wait()
}

// A handler is ready at each moment in which it takes the place of one that is.
func TestReadyTakes(t *testing.T) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for i := range 5000 {
		spec := zone.Spec{Origins: []string{"cluster.local."}}
		old, k := &Kubenames{spec: spec}, &Kubenames{spec: spec, instance: &struct{ caddy.Context }{}}
		for _, k := range []*Kubenames{old, k} {
			var err error
			if k.zone, err = zone.New(spec); err != nil {
				t.Fatal(err)
			}
			k.zone.Rebuild(cluster.NewState())
		}
		old.listens.Store(true)
		instances.add(old)
		instances.add(k)
		var over atomic.Bool
		for range 2 {
			asking.Go(func() {
				for !over.Load() {
					if !k.Ready() {
						t.Error(i, "not ready")
						return
					}
				}
			})
		}
		instances.inherit(k)
		instances.remove(old)
		over.Store(true)
		asking.Wait()
		instances.remove(k)
		if t.Failed() {
			return
		}
	}
}
