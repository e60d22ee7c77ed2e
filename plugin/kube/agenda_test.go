package kube

import (
	"net"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// A history that went back and has come further than we were meanwhile shows no lower version: an audit finds it, soon.
func TestAuditOvertaken(t *testing.T) {
	for name, c := range map[string]struct {
		now    []*corev1.Service // a was at 900, b at 500, the watch at 1100
		want   []string
		ip     string // of a; "": gone
		what   string
		report []string
		lists  int
	}{
		"changed back": {
			[]*corev1.Service{versioned(serviceObject("a", "10.0.0.9"), 300), versioned(serviceObject("b", "10.0.0.2"), 500)},
			nil, "10.0.0.9", "backwards", []string{"audit services: the version went back from 900 to 300", "listing everything again"}, 2,
		},
		"changed and made": {
			[]*corev1.Service{versioned(serviceObject("a", "10.0.0.9"), 950), versioned(serviceObject("b", "10.0.0.2"), 500), versioned(serviceObject("c", "10.0.0.3"), 1050)},
			[]string{"services default/c"}, "10.0.0.9", "missed_add", []string{"audit services: 2 of them", "made right"}, 1,
		},
		"not made": {
			[]*corev1.Service{versioned(serviceObject("b", "10.0.0.2"), 500)},
			[]string{"!services default/a"}, "", "missed_delete", []string{"audit services: 1 of them", "made right"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAPIServer(t, true)
			r, _, i := busy(t, s, Options{Audit: time.Hour}, func(x *times) { x.settle = 100 * time.Millisecond })
			s.change(func() {
				s.version = 2000
				s.items["services"] = nil
				for _, o := range c.now {
					s.items["services"] = append(s.items["services"], runtime.Object(o))
				}
			})
			began := time.Now()
			s.CloseClientConnections()
			eventually(t, r, "right again", func() bool {
				a, _ := r.get(cluster.KindService, "default", "a").(*cluster.Service)
				return r.has(append(c.want, "services default/b")...) && (a == nil) == (c.ip == "") && (a == nil || a.IPs == ips(c.ip))
			})
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			eventually(t, r, "told", func() bool { return i.get("services "+c.what) == 1 && r.reported(c.report...) == 1 })
			eventually(t, r, "lists", func() bool { return r.replacements(cluster.KindService) == c.lists })
		})
	}
}

// As long as a connection lasts, whoever is at its end is the same, and audits wait for their turn.
func TestAuditSameConnection(t *testing.T) {
	s := newAPIServer(t, true)
	s.Server.Close()
	s.Server = newHTTP2(t, s)
	s.set("services", serviceObject("a", "10.0.0.1"))
	config := s.config()
	config.TLSClientConfig = rest.TLSClientConfig{Insecure: true}
	r, i := newRecorder(), &incidents{}
	l, err := NewLive(config, i.of(Options{Audit: time.Hour, Report: r.report}))
	if err != nil {
		t.Fatal(err)
	}
	l.times.silence = always(1100 * time.Millisecond)
	run(t, l, r)
	services := l.followers[1]
	way := func() net.Conn {
		services.mu.Lock()
		defer services.mu.Unlock()
		return services.way
	}
	eventually(t, r, "a watch", func() bool { return way() != nil })
	first, opened := way(), s.opened("services")
	eventually(t, r, "opened again", func() bool { return s.opened("services") > opened+1 })
	if got := way(); got != first || got == nil {
		t.Errorf("got another connection")
	}
	if len(services.sooner) != 0 || i.get("services equal") != 0 {
		t.Errorf("got an audit for the same connection")
	}
	if n := r.reported(""); n != 0 {
		t.Errorf("got reports of what we did: %s", r)
	}
	if n := r.replacements(cluster.KindService); n != 1 {
		t.Errorf("got %d lists, want 1", n)
	}
}
