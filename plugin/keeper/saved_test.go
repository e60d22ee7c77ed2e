package keeper

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// newRestored is a keeper of a zone that was told nothing, and knows what was saved.
func newRestored(t *testing.T, version uint64, objects ...cluster.Object) (*Keeper, *zone.Zone) {
	t.Helper()
	k, z := New(script(silent)), newZone(t)
	k.Restore(objects, version)
	k.Attach(z)
	return k, z
}

func saved(t *testing.T, k *Keeper, z *zone.Zone, step string, want bool) {
	t.Helper()
	if got := k.Saved(); got != want {
		t.Errorf("%s: saved: got %t, want %t", step, got, want)
	}
	if got := z.Doubts() == zone.Saved; got != want {
		t.Errorf("%s: in doubt: got %t, want %t", step, got, want)
	}
	whole := true
	select {
	case <-k.Whole():
	default:
		whole = false
	}
	if whole == want {
		t.Errorf("%s: whole: got %t, want %t", step, whole, !want)
	}
}

// TestRestore has every kind confirm what was saved, in any order: each is right from when it was told of, and with the last
// one nothing is in doubt any more.
func TestRestore(t *testing.T) {
	kinds := script(silent).Kinds()
	old := &cluster.Service{Namespace: "testns", Name: "old", IPs: cluster.AddrsOf(netip.MustParseAddr("10.96.0.1"))}
	now := []cluster.Object{testns, service("web"), service("new"), slice("a", 1, 3), slice("c", 4)}
	for _, order := range [][]cluster.Kind{{1, 2, 3}, {3, 2, 1}, {2, 3, 1}} {
		synctest.Test(t, func(t *testing.T) {
			k, z := newRestored(t, 42, append(slices.Clone(all), old)...)
			want(t, z, "at first", web, zone.Found, 2)
			want(t, z, "at first", "old.testns.svc.cluster.local.", zone.Found, 1)
			want(t, z, "at first", "nosuch.testns.svc.cluster.local.", zone.Absent, 0)
			for i, kind := range order {
				saved(t, k, z, kind.String(), true)
				if got, want := len(k.Missing()), len(kinds)-i; got != want {
					t.Errorf("%v: missing: got %d, want %d", order, got, want)
				}
				k.Replace([]cluster.Kind{kind}, now, 50)
				if kind == cluster.KindSlice {
					want(t, z, "slices", web, zone.Found, 3) // at once: the list says where 2 is not
					want(t, z, "slices", "10-0-0-2."+web, zone.Absent, 0)
				}
				if kind == cluster.KindService {
					want(t, z, "services", "old.testns.svc.cluster.local.", zone.Absent, 0)
				}
			}
			saved(t, k, z, "in the end", false)
			late := newZone(t)
			k.Attach(late)
			saved(t, k, late, "a zone that came later", false)
			if got, want := k.Confirmed(), (cluster.Comparison{Same: 2, Changed: 1, New: 2, Gone: 2}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			steps := k.Changes()
			k.Replace(kinds, now, 51)
			time.Sleep(time.Second)
			if got := k.Changes(); got != steps {
				t.Errorf("the same again: got %d steps, want %d", got, steps)
			}
			if got, want := k.Confirmed(), (cluster.Comparison{Same: 2, Changed: 1, New: 2, Gone: 2}); got != want {
				t.Errorf("later lists: got %+v, want %+v", got, want)
			}
		})
	}
}

// TestRestoredZones: zones that come while a picture is in doubt are in doubt, and what changes meanwhile is seen.
func TestRestoredZones(t *testing.T) {
	k, _ := newRestored(t, 42, all...)
	late := newZone(t)
	k.Attach(late)
	saved(t, k, late, "a zone that comes later", true)
	k.Replace([]cluster.Kind{cluster.KindSlice}, all, 50)
	k.Apply(cluster.Put(slice("b", 2, 3)))
	want(t, late, "a change", web, zone.Found, 3)
	saved(t, k, late, "a change", true)
}

// TestRestoredSerial: the serial goes on from the version that was saved, and what the list confirms does not move it; what
// the list changes is of its version.
func TestRestoredSerial(t *testing.T) {
	const base = 1 << 31
	k, z := newRestored(t, 42, all...)
	serial := func(step string, want uint32) {
		t.Helper()
		if got := z.Serial("cluster.local."); got != want {
			t.Errorf("%s: got serial %d, want %d", step, got-base, want-base)
		}
	}
	serial("restored", base+42)
	k.Replace([]cluster.Kind{cluster.KindNamespace}, all, 50)
	k.Replace([]cluster.Kind{cluster.KindService}, all, 50)
	serial("confirmed", base+42)
	k.Replace([]cluster.Kind{cluster.KindSlice}, append(all[:3:3], slice("b", 3)), 51)
	serial("changed", base+51)

	k, z = newRestored(t, 42, all...) // the cluster was restored from a backup: a serial never goes back
	k.Replace(k.Kinds(), all[:3], 7)
	if got := z.Serial("cluster.local."); got != base+43 {
		t.Errorf("an older cluster: got serial %d, want 43", got-base)
	}
}

// TestObjects is what there is to save: what is known, and what it is a version of.
func TestObjects(t *testing.T) {
	k, _ := newKeeper(t, silent)
	k.Replace(k.Kinds(), all, 7)
	var got []cluster.Object
	for _, kind := range k.Kinds() {
		got = append(got, k.Objects(kind)...)
	}
	slices.SortFunc(got[2:], func(a, b cluster.Object) int { return slices.Compare([]byte(a.Ref().Name), []byte(b.Ref().Name)) })
	if !reflect.DeepEqual(got, all) || k.Version() != 7 {
		t.Errorf("got %v of version %d, want %v of 7", got, k.Version(), all)
	}
}
