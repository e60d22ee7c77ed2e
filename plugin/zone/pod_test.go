package zone

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// compareClients asks both zones and the world who talks from each address.
func (w *world) compareClients(t *testing.T, step, fresh *Zone, seen map[string]int) {
	t.Helper()
	for _, a := range parse(endpoints) {
		var have []*cluster.Pod
		w.state.Pods(func(p *cluster.Pod) {
			if p.IPs.Has(a) {
				have = append(have, p)
			}
		})
		var want *cluster.Pod
		if len(have) == 1 && !have[0].Host && w.spec.Pods == Verified {
			want = have[0]
			seen["a client"]++
		}
		if len(have) > 1 {
			seen["a client among others"]++
		}
		if got := step.Client(a); got != want {
			t.Errorf("client %s: got %+v, want %+v", a, got, want)
		}
		if got := fresh.Client(a); got != want {
			t.Errorf("client %s, compiled afresh: got %+v, want %+v", a, got, want)
		}
	}
}

// TestClient: who talks from an address is told only if it is certain.
func TestClient(t *testing.T) {
	pod := func(name string, host bool, ips ...string) *cluster.Pod {
		return &cluster.Pod{Namespace: "n", Name: name, Host: host, IPs: addrs(ips...)}
	}
	z, s := clients(t, Verified, pod("dual", false, "10.0.0.1", "fd00::1"), pod("node", true, "192.0.2.1"),
		pod("twin-a", false, "10.0.0.2"), pod("twin-b", false, "10.0.0.2"), pod("beside", false, "192.0.2.2"), pod("on-node", true, "192.0.2.2"))
	expect := func(a, want string) {
		t.Helper()
		got := "nobody"
		if p := z.Client(netip.MustParseAddr(a)); p != nil {
			got = p.Name
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", a, got, want)
		}
	}
	expect("10.0.0.1", "dual")
	expect("::ffff:10.0.0.1", "dual")
	expect("fd00::1", "dual")
	expect("10.0.0.2", "nobody")
	expect("192.0.2.1", "nobody")
	expect("192.0.2.2", "nobody")
	expect("10.0.0.3", "nobody")
	if z.Client(netip.Addr{}) != nil {
		t.Error("somebody talks from no address")
	}
	z.Update(s, s.Apply(cluster.Gone(cluster.Ref{Kind: cluster.KindPod, Namespace: "n", Name: "twin-a"})))
	expect("10.0.0.2", "twin-b")
	z.Update(s, s.Apply(cluster.Put(pod("dual", false, "10.0.0.3", "fd00::1"))))
	expect("10.0.0.1", "nobody")
	expect("10.0.0.3", "dual")
	z, _ = clients(t, Insecure, pod("a", false, "10.0.0.1"))
	expect("10.0.0.1", "nobody")
}

func clients(t testing.TB, mode PodMode, pods ...*cluster.Pod) (*Zone, *cluster.State) {
	t.Helper()
	z, err := New(Spec{Origins: []string{"cluster.local."}, Pods: mode})
	if err != nil {
		t.Fatal(err)
	}
	var objects []cluster.Object
	for _, p := range pods {
		objects = append(objects, p)
	}
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), objects, 1)
	z.Rebuild(s)
	return z, s
}

// TestPodsAreSmall: what a zone keeps of each of many pods is little more than its place in a table.
func TestPodsAreSmall(t *testing.T) {
	const n = 150_000
	all := make([]*cluster.Pod, n)
	for i := range all {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		all[i] = &cluster.Pod{Namespace: "n", Name: fmt.Sprint("p", i), IPs: cluster.AddrsOf(a)}
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	z, s := clients(t, Verified, all...)
	before := heap()
	z.Rebuild(cluster.NewState())
	each := float64(before-heap()) / n
	runtime.KeepAlive(s)
	runtime.KeepAlive(z)
	t.Logf("%.1f bytes for each of %d pods", each, n)
	if each > 18 {
		t.Errorf("got %.1f bytes for each pod, want at most 18", each)
	}
}
