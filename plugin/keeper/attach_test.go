package keeper

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// A zone has all that is known from when it was attached, and every step until it is detached.
func TestAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, first := newKeeper(t, silent)
		early := newZone(t)
		k.Attach(early)
		want(t, early, "not whole", web, zone.Unready, 0)
		k.Replace(k.source.Kinds(), all, 0)
		want(t, early, "attached before", web, zone.Found, 2)
		late := newZone(t)
		k.Attach(late)
		want(t, late, "attached after", web, zone.Found, 2)
		if got := k.Changes(); got != 1 {
			t.Errorf("got %d steps, want 1", got)
		}
		k.Detach(early)
		k.Detach(early)
		k.Apply(cluster.Put(slice("b", 2, 3)))
		k.Apply(cluster.Put(slice("a"))) // held
		time.Sleep(time.Second)
		synctest.Wait()
		k.Replace([]cluster.Kind{cluster.KindSlice}, []cluster.Object{slice("b", 2, 3, 4)}, 0)
		for _, z := range []*zone.Zone{first, late} {
			want(t, z, "attached", web, zone.Found, 3)
			want(t, z, "attached", "10-0-0-3."+web, zone.Found, 1)
			want(t, z, "attached", "10-0-0-1."+web, zone.Absent, 0)
		}
		want(t, early, "detached", web, zone.Found, 2)
		want(t, early, "detached", "10-0-0-1."+web, zone.Found, 1)
		want(t, early, "detached", "10-0-0-3."+web, zone.Absent, 0)
		k.Detach(first)
		k.Detach(late)
		k.Apply(cluster.Put(slice("b", 2)))
		back := newZone(t)
		k.Attach(back)
		want(t, back, "after a time without zones", web, zone.Found, 1)
	})
}

// What is doubted is doubted in all zones, also in those that come.
func TestStale(t *testing.T) {
	k, first := newKeeper(t, silent)
	expect := func(what string, z *zone.Zone, want zone.Doubt) {
		t.Helper()
		if got := z.Doubts(); got != want {
			t.Errorf("%s: got %b, want %b", what, got, want)
		}
	}
	k.Stale(zone.Saved, true)
	k.Stale(zone.Unheard, true)
	second := newZone(t)
	k.Attach(second)
	for _, z := range []*zone.Zone{first, second} {
		expect("both", z, zone.Saved|zone.Unheard)
	}
	k.Stale(zone.Saved, false)
	third := newZone(t)
	k.Attach(third)
	for _, z := range []*zone.Zone{first, second, third} {
		expect("one", z, zone.Unheard)
	}
	k.Stale(zone.Unheard, false)
	expect("none", second, 0)
}

// Zones come and go in a storm of changes. None misses a step: each ends as one that was there all the time.
func TestAttachStorm(t *testing.T) {
	k, first := newKeeper(t, silent)
	k.Replace(k.source.Kinds(), all, 0)
	const writers, steps = 2, 60
	stop := make(chan struct{})
	var storm, others sync.WaitGroup
	for w := range byte(writers) {
		storm.Go(func() {
			for i := range steps {
				k.Apply(cluster.Put(service(fmt.Sprint("s", w, "-", i))))
				if i%2 == 0 {
					k.Apply(cluster.Gone(service(fmt.Sprint("s", w, "-", i/2)).Ref()))
				}
			}
		})
	}
	kept := make(chan *zone.Zone, 2*steps)
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				z := newZone(t)
				k.Attach(z)
				want(t, z, "at once", web, zone.Found, 2)
				select {
				case kept <- z:
				default:
					k.Detach(z)
				}
				gone := newZone(t)
				k.Attach(gone)
				k.Detach(gone)
			}
		})
	}
	storm.Wait()
	close(stop)
	others.Wait()
	close(kept)
	n := 0
	for z := range kept {
		n++
		if got, want := z.Stats().Services, first.Stats().Services; got != want {
			t.Fatalf("got %d Services, want %d", got, want)
		}
		for w := range writers {
			for i := range steps {
				name := fmt.Sprintf("s%d-%d.testns.svc.cluster.local.", w, i)
				outcome, records := ask(t, first, name)
				want(t, z, "in the end", name, outcome, records)
			}
		}
	}
	if n == 0 {
		t.Error("no zone came")
	}
}
