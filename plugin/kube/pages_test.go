package kube

import (
	"fmt"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// A server that does not stream lists is asked for pages, all of one list.
func TestLivePages(t *testing.T) {
	for expiries, wantLists := range map[int]int{0: 1, 2: 1, mostExpiries: 1} {
		t.Run(fmt.Sprintf("%d expire", expiries), func(t *testing.T) {
			s := newAPIServer(t, false)
			s.expires = map[string]int{"services": expiries}
			const services = 2*pageSize + 1
			for i := range services {
				s.items["services"] = append(s.items["services"], serviceObject(fmt.Sprintf("s%d", i), "10.0.0.1"))
			}
			r, stop := live(t, s, Options{})
			eventually(t, r, "the list", func() bool { return r.replacements(cluster.KindService) > 0 })
			waitForWatch(t, r, s, "services")
			stop()
			if len(r.objects) != services || r.replacements(cluster.KindService) != wantLists {
				t.Errorf("got %d objects in %d lists, want %d in %d", len(r.objects), r.replacements(cluster.KindService), services, wantLists)
			}
			if got, want := r.reported("list services: expired", "listing again"), expiries/mostExpiries; got != want {
				t.Errorf("got %d reports, want %d: %s", got, want, r)
			}
			if !s.asked("services", "continue=500&limit=500") || !s.asked("services", "continue=1000&limit=500") || s.asked("services", "resourceVersion=0") {
				t.Errorf("got requests %q", s.queries["services"])
			}
		})
	}
}
