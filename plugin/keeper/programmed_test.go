package keeper

import (
	"slices"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// TestProgrammed: what is told of is answered, and only what changed an answer is told of.
func TestProgrammed(t *testing.T) {
	k, z := newKeeper(t, silent)
	var got []string
	k.Programmed = func(s *cluster.Service, at time.Time) {
		got = append(got, s.Name+" "+at.UTC().Format("15:04:05"))
		if s.Name == "web" {
			want(t, z, "when it is told", web, zone.Found, 3)
		}
	}
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	put := func(sl *cluster.Slice, triggered time.Time) cluster.Change {
		c := cluster.Put(sl)
		c.Triggered = triggered
		return c
	}
	expect := func(what string, names ...string) {
		t.Helper()
		if !slices.Equal(got, names) {
			t.Errorf("%s: got %q, want %q", what, got, names)
		}
		got = nil
	}
	k.Apply(put(slice("a", 1), at))
	expect("before all is known")
	k.Replace(k.source.Kinds(), all, 0)
	expect("a list")
	k.Apply(put(slice("b", 2, 3), at))
	expect("a change", "web 12:00:00")
	k.Apply(put(slice("b", 2, 3), at))
	expect("nothing that DNS can see")
	k.Apply(put(slice("b", 2, 3), at), cluster.Put(&cluster.Service{Namespace: "testns", Name: "beside"}))
	expect("nothing that DNS can see, beside something")
	k.Apply(put(slice("b", 2, 3, 4), time.Time{}))
	expect("a change that has no moment")
	k.Apply(cluster.Gone(slice("b").Ref()))
	expect("a slice that is gone")
	other := slice("c", 9)
	other.Service = "unknown"
	k.Apply(put(other, at))
	expect("a Service that is not known")
	lone := slice("d", 9)
	lone.Service = "lone"
	k.Apply(cluster.Put(service("lone")), put(lone, at.Add(time.Second)))
	expect("a Service that comes with its endpoints", "lone 12:00:01")
}
