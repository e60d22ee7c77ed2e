package zone

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// indexed is what an index should have, made of the slices alone: their handles, by their names.
func indexed(u *unit) map[string][]handle {
	all := map[string][]handle{}
	for _, sl := range u.slices {
		hs := appendHosts(appendHandles(nil, sl, 0, sl.Endpoints.Len()), sl)
		slices.Sort(hs)
		all[sl.Name] = slices.Compact(hs)
	}
	return all
}

func (x *index) contents() map[string][]handle {
	all := map[string][]handle{}
	for _, sl := range x.slots {
		if sl != nil {
			all[sl.Name] = nil
		}
	}
	x.handles.from(0, func(h handle, _ struct{}) bool {
		name := x.slots[h.slot()].Name
		all[name] = append(all[name], h.at(0))
		return true
	})
	for _, hs := range all {
		slices.Sort(hs)
	}
	return all
}

// TestIndex changes the slices of a unit at random: its index is that of the slices that there are, and not of those that
// there were, and older indexes are what they were.
func TestIndex(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		endpoint := func() cluster.Endpoint {
			e := cluster.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(40))})}
			if r.IntN(2) == 0 {
				e.Name = fmt.Sprint("h-", r.IntN(30))
			}
			return e
		}
		var units []*unit
		now := &unit{}
		for range 60 {
			old := now
			now = &unit{slices: slices.Clone(old.slices)}
			for range 1 + r.IntN(3) {
				change(r, now, endpoint)
			}
			now.index = newIndex(old, now)
			units = append(units, now)
		}
		for step, u := range units {
			n := 0
			for _, sl := range u.slices {
				n += sl.Size()
			}
			if (u.index != nil) != (n > many) {
				t.Fatalf("seed %d, step %d: got an index: %t, of %d endpoints", seed, step, u.index != nil, n)
			}
			if u.index == nil {
				continue
			}
			got, want := u.index.contents(), indexed(u)
			if len(got) != len(want) {
				t.Fatalf("seed %d, step %d: got %d slices, want %d", seed, step, len(got), len(want))
			}
			for name, hs := range want {
				if !slices.Equal(got[name], hs) {
					t.Fatalf("seed %d, step %d: %s: got %d handles, want %d", seed, step, name, len(got[name]), len(hs))
				}
			}
		}
	}
}

// change makes, changes or takes away a slice of the unit.
func change(r *rand.Rand, u *unit, endpoint func() cluster.Endpoint) {
	name := fmt.Sprint("s-", r.IntN(8))
	var old *cluster.Slice
	if i := slices.IndexFunc(u.slices, func(sl *cluster.Slice) bool { return sl.Name == name }); i >= 0 {
		old = u.slices[i]
	}
	u.slices = slices.DeleteFunc(u.slices, func(sl *cluster.Slice) bool { return sl.Name == name })
	if old != nil && r.IntN(5) == 0 {
		return
	}
	sl := &apart{Slice: cluster.Slice{Name: name}}
	if old != nil {
		sl = takeApart(old)
	}
	switch n := len(sl.endpoints); {
	case n > 1 && r.IntN(3) > 0: // some, in the midst
		i := r.IntN(n - 1)
		sl.endpoints = slices.Replace(sl.endpoints, i, min(n, i+r.IntN(8)), endpoint())
	case r.IntN(4) == 0:
		sl.beside.FQDNs = []cluster.Host{{Target: "a.example.", Name: fmt.Sprint("h-", r.IntN(100))}}
	default:
		sl.endpoints = nil
		for range r.IntN(60) {
			sl.endpoints = append(sl.endpoints, endpoint())
		}
	}
	u.slices = append(u.slices, sl.together())
	slices.SortFunc(u.slices, func(a, b *cluster.Slice) int { return strings.Compare(a.Name, b.Name) })
}
