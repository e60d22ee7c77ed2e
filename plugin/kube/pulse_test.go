package kube

import (
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPulses(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.forbid("endpointslices", true)
	r := newRecorder()
	l, err := NewLive(s.config(), Options{Report: r.report})
	if err != nil {
		t.Fatal(err)
	}
	pulse := func(k cluster.Kind) (p Pulse) {
		for _, p := range l.Pulses() {
			if p.Kind == k {
				return p
			}
		}
		t.Fatalf("no pulse of %s", k)
		return p
	}
	for _, p := range l.Pulses() {
		if !p.Alive.IsZero() || !p.Event.IsZero() {
			t.Errorf("got %+v before the start", p)
		}
	}
	start := time.Now()
	run(t, l, r)
	eventually(t, r, "picture", func() bool { return r.replacements(cluster.KindService) > 0 })
	if p := pulse(cluster.KindService); p.Alive.Before(start) || !p.Event.IsZero() {
		t.Errorf("got %+v after the list, want it alive without an event", p)
	}
	s.send(t, "services", "MODIFIED", serviceObject("a", "10.0.0.2"))
	eventually(t, r, "an event", func() bool { return !pulse(cluster.KindService).Event.IsZero() })
	event := pulse(cluster.KindService)
	if event.Alive.Before(event.Event) {
		t.Errorf("got %+v, want it alive since the event", event)
	}
	bookmark := serviceObject("", "")
	bookmark.ObjectMeta = metav1.ObjectMeta{ResourceVersion: "20"}
	s.send(t, "services", "BOOKMARK", bookmark)
	eventually(t, r, "a bookmark", func() bool { return pulse(cluster.KindService).Alive.After(event.Alive) })
	if p := pulse(cluster.KindService); !p.Event.Equal(event.Event) {
		t.Errorf("got %+v, want a bookmark to be no event", p)
	}
	eventually(t, r, "report", func() bool { return r.reported("endpointslices: forbidden") > 0 })
	if p := pulse(cluster.KindSlice); !p.Alive.IsZero() || !p.Event.IsZero() {
		t.Errorf("got %+v of a kind that is forbidden", p)
	}
}
