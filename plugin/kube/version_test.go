package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

func TestNumber(t *testing.T) {
	for version, want := range map[string]uint64{
		"": 0, "0": 0, "12": 12, "18446744073709551615": 1<<64 - 1, "18446744073709551616": 0, "-1": 0, "1x": 0,
	} {
		if got := number(version); got != want {
			t.Errorf("%q: got %d, want %d", version, got, want)
		}
	}
}

// triggered is a slice that was written for something that happened then.
func triggered(version, at string) *discoveryv1.EndpointSlice {
	s := sliceObject("a-1", "a", "10.1.0.1")
	s.ResourceVersion = version
	if at != "" {
		s.Annotations = map[string]string{corev1.EndpointsLastChangeTriggerTime: at}
	}
	return s
}

// Changes say which version of the cluster they made, and what slices were written for; so does a list, but for the
// latter.
func TestLiveVersions(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.set("endpointslices", triggered("5", "2026-01-01T00:00:00Z"))
			r, _ := live(t, s, Options{})
			eventually(t, r, "list", func() bool { return r.has("endpointslices default/a-1") })
			if r.version(cluster.KindSlice) < 10 {
				t.Errorf("got version %d of the list", r.version(cluster.KindSlice))
			}
			if c := r.change(cluster.KindSlice, "default", "a-1"); c.Ref.Name != "" {
				t.Errorf("got %+v for an object that was listed", c)
			}
			waitForWatch(t, r, s, "endpointslices")
			at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
			for _, c := range []struct {
				kind, version, at string
				want              cluster.Change
			}{
				{"MODIFIED", "100", at.Format(time.RFC3339Nano), cluster.Change{Version: 100, Triggered: at}},
				{"MODIFIED", "101", "", cluster.Change{Version: 101}},
				{"MODIFIED", "102", "noon", cluster.Change{Version: 102}},
				{"MODIFIED", "x", "2026-01-02T03:04:05+01:00", cluster.Change{Triggered: time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC)}},
				{"DELETED", "103", at.Format(time.RFC3339Nano), cluster.Change{Version: 103, Triggered: at}},
			} {
				s.send(t, "endpointslices", c.kind, triggered(c.version, c.at))
				eventually(t, r, c.kind+" "+c.version, func() bool {
					got := r.change(cluster.KindSlice, "default", "a-1")
					return got.Version == c.want.Version && got.Triggered.Equal(c.want.Triggered) && (got.Object == nil) == (c.kind == "DELETED")
				})
			}
		})
	}
}
