package kube

import (
	"fmt"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// picky is a Sink that panics over objects of a name, however they are told.
type picky struct {
	*recorder
	bad string
}

func (p *picky) mind(o cluster.Object) {
	if o != nil && o.Ref().Name == p.bad {
		panic("of " + p.bad)
	}
}

func (p *picky) Apply(changes ...cluster.Change) {
	for _, c := range changes {
		p.mind(c.Object)
	}
	p.recorder.Apply(changes...)
}

func (p *picky) Replace(kinds []cluster.Kind, objects []cluster.Object, version uint64) {
	for _, o := range objects {
		p.mind(o)
	}
	p.recorder.Replace(kinds, objects, version)
}

// A panic over one object is reported with its name and counted; all the others are told, and the watch goes on.
func TestLivePanicOfSink(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.set("services", serviceObject("a", "10.0.0.1"), serviceObject("bad", "10.0.0.2"), serviceObject("z", "10.0.0.3"))
			r, i := newRecorder(), &incidents{}
			l, err := NewLive(s.config(), i.of(Options{Report: r.report}))
			if err != nil {
				t.Fatal(err)
			}
			run(t, l, &picky{r, "bad"})
			eventually(t, r, "the others", func() bool { return r.has("services default/a", "services default/z", "!services default/bad") })
			eventually(t, r, "the list as a whole", func() bool { return r.replacements(cluster.KindService) == 1 })
			if r.reported("apply services default/bad: panic: of bad") != 1 || i.get("services panic") != 1 {
				t.Errorf("want one report: %v\n%s", i.count, r)
			}
			waitForWatch(t, r, s, "services")
			s.send(t, "services", "MODIFIED", serviceObject("bad", "10.0.0.4"))
			s.send(t, "services", "ADDED", serviceObject("later", "10.0.0.5"))
			eventually(t, r, "the watch goes on", func() bool { return r.has("services default/later") })
			if i.get("services panic") != 2 || r.replacements(cluster.KindService) != 1 || s.opened("services") > 1 {
				t.Errorf("got %v, %d lists, %d watches", i.count, r.replacements(cluster.KindService), s.opened("services"))
			}
			s.send(t, "services", "DELETED", serviceObject("bad", "10.0.0.4"))
			s.send(t, "services", "DELETED", serviceObject("later", "10.0.0.5"))
			eventually(t, r, "deletions", func() bool { return r.has("!services default/later") })
		})
	}
}

// A kind that may be listed and not watched is known, and as fresh as lists are; the report says what is missing.
func TestLiveWatchForbidden(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.forbiddenWatches = map[string]bool{"services": true}
	r, _ := live(t, s, Options{})
	eventually(t, r, "the list", func() bool { return r.has("services default/a") })
	eventually(t, r, "report", func() bool {
		return r.reported("watch services: forbidden: ", "needs list and watch on services") == 1
	})
	s.set("services", serviceObject("b", "10.0.0.2"))
	eventually(t, r, "another list", func() bool { return r.has("services default/b", "!services default/a") })
	s.change(func() { s.forbiddenWatches = nil })
	eventually(t, r, "a watch", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.watches["services"] != nil
	})
	s.tell(t, r, "services", "ADDED", versioned(serviceObject("c", "10.0.0.3"), 1000), "services default/c")
}
