package keeper

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// script is a source that tells what its function tells.
type script func(context.Context, cluster.Sink) error

func (script) Kinds() []cluster.Kind {
	return []cluster.Kind{cluster.KindNamespace, cluster.KindService, cluster.KindSlice}
}
func (s script) Run(ctx context.Context, sink cluster.Sink) error { return s(ctx, sink) }

func silent(ctx context.Context, _ cluster.Sink) error { <-ctx.Done(); return nil }

func newKeeper(t testing.TB, s script) (*Keeper, *zone.Zone) {
	t.Helper()
	k, z := New(s), newZone(t)
	k.Attach(z)
	return k, z
}

func newZone(t testing.TB) *zone.Zone {
	t.Helper()
	z, err := zone.New(zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, TTL: 5})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func service(name string) *cluster.Service {
	return &cluster.Service{Namespace: "testns", Name: name, Type: cluster.Headless}
}

func slice(name string, hosts ...byte) *cluster.Slice {
	var all cluster.EndpointsBuilder
	for _, h := range hosts {
		all.Add(netip.AddrFrom4([4]byte{10, 0, 0, h}), "")
	}
	return &cluster.Slice{Namespace: "testns", Name: name, Service: "web", Endpoints: all.Endpoints()}
}

var (
	testns = &cluster.Namespace{Name: "testns"}
	all    = []cluster.Object{testns, service("web"), slice("a", 1), slice("b", 2)}
)

// ask is what a zone says of a name: the outcome, and the number of records.
func ask(t testing.TB, z *zone.Zone, name string) (zone.Outcome, int) {
	t.Helper()
	q, r := &answer.Query{Class: dns.ClassINET, Type: dns.TypeA}, new(answer.Reply)
	if err := q.SetName(name); err != nil {
		t.Fatal(err)
	}
	outcome, _ := z.Find(q, r)
	m := new(dns.Msg)
	if err := m.Unpack(r.Append(nil, q)); err != nil {
		t.Fatal(err)
	}
	return outcome, len(m.Answer)
}

const web = "web.testns.svc.cluster.local."

func want(t *testing.T, z *zone.Zone, step, name string, wantOutcome zone.Outcome, wantRecords int) {
	t.Helper()
	if outcome, n := ask(t, z, name); outcome != wantOutcome || n != wantRecords {
		t.Errorf("%s: %s: got %v, %d, want %v, %d", step, name, outcome, n, wantOutcome, wantRecords)
	}
}

func TestWhole(t *testing.T) {
	kinds := script(silent).Kinds()
	for _, order := range [][]cluster.Kind{{1, 2, 3}, {3, 2, 1}, {2, 3, 1}} {
		k, z := newKeeper(t, silent)
		for i, kind := range order {
			if got, want := len(k.Missing()), len(kinds)-i; got != want {
				t.Errorf("%v: missing: got %d, want %d", order, got, want)
			}
			k.Apply(cluster.Put(service("early"))) // a change does not make the picture whole
			k.Replace([]cluster.Kind{kind}, all, 0)
			if i == len(order)-1 {
				break
			}
			for _, name := range []string{web, "early.testns.svc.cluster.local.", "nosuch.testns.svc.cluster.local.", "svc.cluster.local.",
				"testns.svc.cluster.local.", "x.cluster.local.", "1.0.0.10.in-addr.arpa."} {
				want(t, z, fmt.Sprint(order, i), name, zone.Unready, 0)
			}
			if got := k.Changes(); got != 0 {
				t.Errorf("%v: got %d steps before all is known, want 0", order, got)
			}
			want(t, z, "partly", "cluster.local.", zone.Empty, 0)
			want(t, z, "partly", "dns-version.cluster.local.", zone.Empty, 0)
			select {
			case <-k.Whole():
				t.Errorf("%v: whole after %d kinds", order, i+1)
			default:
			}
		}
		<-k.Whole()
		want(t, z, "whole", web, zone.Found, 2)
		want(t, z, "whole", "nosuch.testns.svc.cluster.local.", zone.Absent, 0)
		if got := k.Missing(); got != nil {
			t.Errorf("missing: got %v", got)
		}
		k.Replace(kinds, all[:3], 0) // a second list does not close it again
		want(t, z, "a second list", web, zone.Found, 1)
		wantCounts := map[cluster.Kind]int{cluster.KindNamespace: 1, cluster.KindService: 1, cluster.KindSlice: 1}
		if got := k.Counts(); !reflect.DeepEqual(got, wantCounts) {
			t.Errorf("counts: got %v, want %v", got, wantCounts)
		}
		before := k.Changes()
		k.Apply(cluster.Put(slice("a", 1)))
		if got := k.Changes(); got != before {
			t.Errorf("a change that nobody can see: got %d steps, want %d", got, before)
		}
	}
}

// TestHold takes an endpoint away and lets the time pass, which stands still until everybody waits.
func TestHold(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*Keeper)
	}{
		{"when all is known", func(k *Keeper) { k.Replace(k.source.Kinds(), all, 0); k.Apply(cluster.Put(slice("a"))) }},
		{"before all is known", func(k *Keeper) {
			k.Replace([]cluster.Kind{cluster.KindService, cluster.KindSlice}, all, 0)
			k.Apply(cluster.Put(slice("a")))
			k.Replace([]cluster.Kind{cluster.KindNamespace}, all, 0)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, z := newKeeper(t, silent)
				c.before(k)
				want(t, z, "held", web, zone.Found, 2)
				time.Sleep(cluster.Hold - time.Millisecond)
				want(t, z, "still held", web, zone.Found, 2)
				time.Sleep(2 * time.Millisecond)
				synctest.Wait()
				want(t, z, "let go of", web, zone.Found, 1)
				steps := k.Changes()
				time.Sleep(time.Hour)
				if got := k.Changes(); got != steps {
					t.Errorf("nothing happened: got %d steps, want %d", got, steps)
				}
			})
		})
	}
}

func TestMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, z := newKeeper(t, silent)
		k.Replace(k.source.Kinds(), all, 0)
		for _, step := range []*cluster.Slice{slice("a"), slice("b", 2, 1), slice("a", 1), slice("b", 2)} {
			k.Apply(cluster.Put(step))
			want(t, z, step.Name, web, zone.Found, 2)
			want(t, z, step.Name, "10-0-0-1."+web, zone.Found, 1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		want(t, z, "at last", web, zone.Found, 2)
	})
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		k, z := newKeeper(t, func(ctx context.Context, sink cluster.Sink) error {
			sink.Replace(script(silent).Kinds(), all, 0)
			sink.Apply(cluster.Gone(slice("a").Ref()))
			<-ctx.Done()
			return broken
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		<-k.Whole()
		synctest.Wait()
		cancel()
		if err := <-ended; err != broken {
			t.Errorf("got %v, want %v", err, broken)
		}
		steps := k.Changes()
		time.Sleep(time.Hour)
		if got := k.Changes(); got != steps {
			t.Errorf("after the end: got %d steps, want %d", got, steps)
		}
		want(t, z, "after the end", web, zone.Found, 2)
	})
}

// TestReaders asks while everything changes: a step is seen whole or not at all. It is for the race detector, too.
func TestReaders(t *testing.T) {
	k, z := newKeeper(t, silent)
	k.Replace(k.source.Kinds(), all, 0)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if outcome, n := ask(t, z, web); outcome != zone.Found || n != 2 {
					t.Errorf("got %v, %d, want two addresses", outcome, n)
					return
				}
				ask(t, z, "10-0-0-1."+web)
				k.Counts()
			}
		})
	}
	for w := range byte(2) {
		writers.Go(func() {
			for i := range byte(200) {
				if w == 0 { // the endpoint moves to and fro in one step
					there, here := slice("a"), slice("b", 2, 1)
					if i%2 == 0 {
						there, here = slice("a", 1), slice("b", 2)
					}
					k.Apply(cluster.Put(there), cluster.Put(here))
				} else {
					k.Apply(cluster.Put(service(fmt.Sprint("s", i))), cluster.Put(&cluster.Namespace{Name: fmt.Sprint("n", i)}))
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if !slices.Equal(k.Missing(), nil) {
		t.Error("not whole any more")
	}
}

// The first serial is the greatest version of the lists and of what was told between them; what is held and then let go of
// has the version of the change that took it away.
func TestSerial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, z := newKeeper(t, silent)
		serial := func(what string, want uint64) {
			t.Helper()
			if got := z.Serial("cluster.local."); got != 1<<31+uint32(want) {
				t.Errorf("%s: got 2^31+%d, want 2^31+%d", what, got-1<<31, want)
			}
		}
		k.Replace([]cluster.Kind{cluster.KindSlice}, all, 30)
		k.Replace([]cluster.Kind{cluster.KindService}, all, 20)
		told := cluster.Put(service("db"))
		told.Version = 35
		k.Apply(told)
		if got := z.Serial("cluster.local."); got != 0 {
			t.Errorf("not whole: got %d, want 0", got)
		}
		k.Replace([]cluster.Kind{cluster.KindNamespace}, all, 25)
		serial("whole", 35)
		gone := cluster.Put(slice("a"))
		gone.Version = 40
		k.Apply(gone)
		serial("held", 35)
		time.Sleep(time.Second)
		synctest.Wait()
		serial("let go of", 40)
		k.Replace([]cluster.Kind{cluster.KindSlice}, []cluster.Object{slice("a", 1), slice("b", 2)}, 50)
		serial("listed anew", 50)
		k.Replace([]cluster.Kind{cluster.KindSlice}, []cluster.Object{slice("a", 1), slice("b", 2)}, 60)
		serial("and the same", 50)
	})
}
