package zone

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// sized is a zone with Services of some numbers of endpoints, in slices of a hundred: "h10" is a headless one of ten.
func sized(t testing.TB, sizes ...int) (*Zone, *cluster.State) {
	t.Helper()
	z, err := New(Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 5, Pods: Verified})
	if err != nil {
		t.Fatal(err)
	}
	port := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})
	objects := []cluster.Object{&cluster.Namespace{Name: "testns"},
		&cluster.Pod{Namespace: "testns", Name: "p", IPs: addrs("10.9.9.9")},
		&cluster.Service{Namespace: "testns", Name: "web", IPs: addrs("10.96.0.1", "fd96::1"), Ports: port}}
	for _, n := range sizes {
		name := fmt.Sprint("h", n)
		objects = append(objects, &cluster.Service{Namespace: "testns", Name: name, Type: cluster.Headless})
		for from := 0; from < n; from += 100 {
			objects = append(objects, part(name, from, min(n, from+100), port))
		}
	}
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), objects, 0)
	z.Rebuild(s)
	return z, s
}

// part is a slice of the endpoints from one number to another.
func part(service string, from, to int, ports cluster.Ports) *cluster.Slice {
	sl := &cluster.Slice{Namespace: "testns", Name: fmt.Sprintf("%s-%05d", service, from), Service: service, Ports: ports}
	var all []cluster.Endpoint
	for i := from; i < to; i++ {
		e := cluster.Endpoint{Addr: netip.AddrFrom4([4]byte{10, byte(len(service)), byte(i >> 8), byte(i)})}
		if i%2 == 0 {
			e.Name = fmt.Sprint("ep-", i)
		}
		all = append(all, e)
	}
	sl.Endpoints = cluster.EndpointsOf(all...)
	return sl
}

// TestHostIsFound counts the endpoints that are looked at for one host: as many in a big Service as in a small one.
func TestHostIsFound(t *testing.T) {
	z, _ := sized(t, 200, 10000)
	looked := func(service, label string) (n int) {
		u := z.view.Load().unitOf(newIdent("testns", service))
		a := ownAddress([]byte(label))
		u.index.find([]byte(label), a, func(sl *cluster.Slice, _ []byte) bool {
			n += sl.Endpoints.Len()
			return false
		})
		return n
	}
	for small, big := range map[string]string{"ep-2": "ep-9998", "10-4-0-1": "10-6-39-15", "nosuch": "nosuch", "1-2-3-4": "1-2-3-4"} {
		if got, want := looked("h10000", big), looked("h200", small); got != want {
			t.Errorf("%s of 10,000: got %d endpoints looked at, want %d as of 200", big, got, want)
		}
	}
}

// BenchmarkUpdate changes one endpoint of a big Service.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			z, s := sized(b, n)
			name := fmt.Sprint("h", n)
			with := part(name, 0, 100, cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80}))
			without := takeApart(with)
			without.beside.Unready = cluster.AddrsOf(without.endpoints[99].Addr)
			without.endpoints = without.endpoints[:99]
			less := without.together()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				sl := with
				if i%2 == 0 {
					sl = less
				}
				z.Update(s, s.Apply(cluster.Put(sl)))
			}
		})
	}
}

// BenchmarkVanish takes all endpoints of a big Service away while they are ready, one after the other, and lets go of what
// is held when it is time.
func BenchmarkVanish(b *testing.B) {
	port := cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})
	for b.Loop() {
		z, s := sized(b, 5000)
		for i := range 5000 {
			first := i % 50 * 100
			sl := part("h5000", first+i/50+1, first+100, port)
			sl.Name = fmt.Sprintf("h5000-%05d", first)
			z.Update(s, s.Apply(cluster.Put(sl)))
			z.Update(s, s.Release(time.Now()))
		}
	}
}

func BenchmarkRebuild(b *testing.B) {
	z, s := sized(b, 5000)
	for b.Loop() {
		z.Rebuild(s)
	}
}

// BenchmarkUnseen turns a slice of a big Service round, and round again: DNS cannot see that.
func BenchmarkUnseen(b *testing.B) {
	for _, n := range []int{100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			z, s := sized(b, n)
			with := part(fmt.Sprint("h", n), 0, 100, cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80}))
			turned := takeApart(with)
			slices.Reverse(turned.endpoints)
			round := turned.together()
			before := z.Serial("cluster.local.")
			for i := 0; b.Loop(); i++ {
				sl := with
				if i%2 == 0 {
					sl = round
				}
				z.Update(s, s.Apply(cluster.Put(sl)))
			}
			if got := z.Serial("cluster.local."); got != before {
				b.Errorf("got serial %d, want %d", got, before)
			}
		})
	}
}

// BenchmarkTransfer transfers a zone with one big Service.
func BenchmarkTransfer(b *testing.B) {
	z, _ := sized(b, 5000)
	b.ReportAllocs()
	for b.Loop() {
		records, err := z.Transfer("cluster.local.", 0)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for rrs := range records {
			n += len(rrs)
		}
		b.ReportMetric(float64(n), "records")
	}
}
