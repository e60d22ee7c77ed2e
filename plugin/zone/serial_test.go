package zone

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// clock is the time in zones of these tests, in Unix seconds.
const clock = 1_800_000_000

// replica is one server of several that see the same cluster.
type replica struct {
	*Zone
	state *cluster.State
}

// newReplica is one that lists the objects at a version.
func newReplica(t *testing.T, version uint64, objects ...cluster.Object) *replica {
	t.Helper()
	z, err := New(Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 5, Pods: Verified})
	if err != nil {
		t.Fatal(err)
	}
	z.now = func() time.Time { return time.Unix(clock, 0) }
	r := &replica{z, cluster.NewState()}
	r.state.Replace(cluster.Kinds(), objects, version)
	z.Rebuild(r.state)
	return r
}

// at is the changes of a version.
func at(version uint64, changes ...cluster.Change) []cluster.Change {
	for i := range changes {
		changes[i].Version = version
	}
	return changes
}

func (r *replica) see(changes ...cluster.Change) { r.Update(r.state, r.state.Apply(changes...)) }

func (r *replica) serials() (all [3]uint32) {
	for i, o := range []string{"cluster.local", "in-addr.arpa.", "IP6.ARPA"} {
		all[i] = r.Serial(o)
	}
	return all
}

const base = serialBase

var ns0 = &cluster.Namespace{Name: "ns0"}

func serviceOf(name string, ips ...string) *cluster.Service {
	return &cluster.Service{Namespace: "ns0", Name: name, IPs: addrs(ips...)}
}

func headlessOf(name string) *cluster.Service {
	return &cluster.Service{Namespace: "ns0", Name: name, Type: cluster.Headless}
}

func sliceOf(name, service string, addrs ...string) *cluster.Slice {
	var all cluster.EndpointsBuilder
	for _, a := range parse(addrs) {
		all.Add(a, "")
	}
	return &cluster.Slice{Namespace: "ns0", Name: name, Service: service, Ports: cluster.PortsOf(ports[0]), Endpoints: all.Endpoints()}
}

// A serial is the version of the last change that DNS can see in the zone, and moves with each of those.
func TestSerialIsVersion(t *testing.T) {
	r := newReplica(t, 1000, ns0)
	want := [3]uint32{base + 1000, base + 1000, base + 1000}
	for _, c := range []struct {
		what    string
		changes []cluster.Change
		want    [3]uint32 // 0: does not move
	}{
		{"a Service comes", at(1005, cluster.Put(serviceOf("web", "10.0.0.1"))), [3]uint32{base + 1005, base + 1005, 0}},
		{"nothing that DNS can see", at(1006, cluster.Put(serviceOf("web", "10.0.0.1"))), [3]uint32{}},
		{"it has a selector", at(1007, cluster.Put(&cluster.Service{Namespace: "ns0", Name: "web", IPs: addrs("10.0.0.1"), Selects: true})), [3]uint32{}},
		{"an IPv6 endpoint", at(1010, cluster.Put(sliceOf("a", "web", "fd00::1"))), [3]uint32{base + 1010, 0, base + 1010}},
		{"the same endpoint in another slice", at(1011, cluster.Put(sliceOf("b", "web", "fd00::1"))), [3]uint32{base + 1011, 0, 0}}, // its weight
		{"and in no other", at(1012, cluster.Gone(sliceOf("a", "web").Ref())), [3]uint32{base + 1012, 0, 0}},
		{"a namespace", at(1020, cluster.Put(&cluster.Namespace{Name: "ns1"})), [3]uint32{base + 1020, 0, 0}},
		{"a pod", at(1021, cluster.Put(&cluster.Pod{Namespace: "ns0", Name: "p", IPs: addrs("10.9.9.9")})), [3]uint32{base + 1021, 0, 0}},
		{"another pod that has its address", at(1022, cluster.Put(&cluster.Pod{Namespace: "ns0", Name: "q", IPs: addrs("10.9.9.9")})), [3]uint32{}},
		{"an endpoint of a namespace that there is not", at(1023, cluster.Put(&cluster.Slice{Namespace: "no", Name: "a", Service: "a",
			Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: addrs("10.7.7.7").At(0)})})), [3]uint32{}},
		{"a change that comes late", at(1019, cluster.Put(serviceOf("db", "10.0.0.2"))), [3]uint32{base + 1022, base + 1019, 0}},
		{"the next one makes up for it", at(1030, cluster.Put(serviceOf("mail", "10.0.0.3", "fd00::3"))), [3]uint32{base + 1030, base + 1030, base + 1030}},
		{"nobody counts", at(0, cluster.Put(serviceOf("ftp", "10.0.0.4"))), [3]uint32{base + 1031, base + 1031, 0}},
	} {
		r.see(c.changes...)
		for i, serial := range c.want {
			if serial != 0 {
				want[i] = serial
			}
		}
		if got := r.serials(); got != want {
			t.Errorf("%s: got %v, want %v", c.what, got, want)
			want = got
		}
	}
	if got := r.Serial("x.cluster.local"); got != 0 {
		t.Errorf("no zone: got %d", got)
	}
}

// Where nobody counts versions the serial is the time, or the next one.
func TestSerialIsTime(t *testing.T) {
	r := newReplica(t, 0, ns0)
	for i, ip := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"} {
		if got, want := r.Serial("in-addr.arpa."), uint32(clock+i); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
		r.see(cluster.Put(serviceOf("web", ip)))
	}
	r.now = func() time.Time { return time.Unix(clock+100, 0) }
	r.see(cluster.Put(serviceOf("web", "10.0.0.4")))
	if got, want := r.Serial("in-addr.arpa."), uint32(clock+100); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

// Serials go forward, whatever happens (RFC 1982).
func TestSerialGoesForward(t *testing.T) {
	z := newReplica(t, 1).Zone
	for _, c := range []struct {
		old     uint32
		version uint64
		want    uint32
	}{
		{base + 5, 6, base + 6},
		{base + 5, 5, base + 6},
		{base + 5, 4, base + 6},
		{clock, 7, base + 7},                   // after the time of another server
		{2026112301, 7, base + 7},              // after a date
		{1<<32 - 1, 1 << 31, 0},                // wraps
		{1<<32 - 1, 5, 0},                      // wraps though the version went back
		{1<<32 - 3, 1<<31 + 10, 10},            // wraps and goes on
		{20, 1<<31 + 21, 21},                   // and on
		{base - 1, 1 << 32, base},              // versions of more than 32 bits
		{base + 9, 1<<32 + 12, base + 12},      //
		{base + 7, 1<<31 + 7, base + 8},        // half way round is neither ahead nor behind
		{base + 1_000_000, 20, base + 1e6 + 1}, // restored from a backup
	} {
		got := z.next(c.old, c.version)
		if got != c.want {
			t.Errorf("version %d after %d: got %d, want %d", c.version, c.old, got, c.want)
		}
		if !ahead(got, c.old) {
			t.Errorf("version %d after %d: %d is not ahead", c.version, c.old, got)
		}
	}
	r := newReplica(t, 50, ns0)
	r.see(at(60, cluster.Put(serviceOf("web", "10.0.0.1")))...)
	before := r.serials()
	r.state.Replace(cluster.Kinds(), []cluster.Object{ns0}, 40) // a list of an API server that lags
	r.Rebuild(r.state)
	for i, serial := range r.serials() {
		if !ahead(serial, before[i]) {
			t.Errorf("a rebuild: %d after %d", serial, before[i])
		}
	}
}

// A server that starts later, or again, has the serial of those that ran all the time from the first change that both see,
// and it never starts behind them.
func TestSerialOfLaterStart(t *testing.T) {
	early := newReplica(t, 10, ns0, headlessOf("web"))
	objects := []cluster.Object{ns0, headlessOf("web")}
	for v := uint64(20); v < 60; v += 7 {
		sl := sliceOf("a", "web", "10.1.0."+string(rune('0'+v%10)), "fd00::"+string(rune('0'+v%10)))
		early.see(at(v, cluster.Put(sl))...)
		late := newReplica(t, v+1, append(objects, sl)...)
		for i, serial := range late.serials() {
			if !ahead(serial, early.serials()[i]) {
				t.Errorf("started at %d: serial %d is behind %d", v+1, serial, early.serials()[i])
			}
		}
		change := cluster.Put(sliceOf("a", "web", "10.1.1.1", "fd00::1:1"))
		early.see(at(v+3, change)...)
		late.see(at(v+3, change)...)
		if a, b := early.serials(), late.serials(); a != b {
			t.Errorf("after version %d: got %v and %v", v+3, a, b)
		}
	}
}

// The kinds' watches are streams of their own: of two kinds any one may be ahead. Replicas have the same serial again with
// the first change that comes as many versions after as there were late ones before; others write to API servers too.
func TestSerialOfReplicas(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("random seed %d", seed)
	for round := range uint64(50) {
		r := random{rand.New(rand.NewPCG(seed, round))}
		var all []cluster.Change
		version := uint64(100)
		for range 40 {
			c := r.change()
			version += 1 + r.Uint64N(4)
			c.Version = version
			all = append(all, c)
		}
		a, b := newReplica(t, 100, ns0), newReplica(t, 90+r.Uint64N(10), ns0)
		for _, c := range all {
			a.see(c)
		}
		streams := map[cluster.Kind][]cluster.Change{}
		for _, c := range all {
			streams[c.Ref.Kind] = append(streams[c.Ref.Kind], c)
		}
		for len(streams) > 0 {
			kinds := slices.DeleteFunc(cluster.Kinds(), func(k cluster.Kind) bool { return streams[k] == nil })
			k := pick(r, kinds)
			b.see(streams[k][0])
			if streams[k] = streams[k][1:]; len(streams[k]) == 0 {
				delete(streams, k)
			}
		}
		hour := time.Now().Add(time.Hour)
		a.Update(a.state, a.state.Release(hour))
		b.Update(b.state, b.state.Release(hour))
		last := cluster.Put(&cluster.Service{Namespace: "last", Name: "last", IPs: addrs("10.255.0.1", "fd00::255")})
		for _, r := range []*replica{a, b} {
			r.see(at(version+100, cluster.Put(&cluster.Namespace{Name: "last"}))...)
			r.see(at(version+101, last)...)
		}
		if got, want := b.serials(), a.serials(); got != want || got[0] != base+uint32(version)+101 {
			t.Fatalf("round %d: got %v, want %v, and %d", round, got, want, base+uint32(version)+101)
		}
		for _, o := range a.Origins() {
			x, y := transferred(t, a.Zone, o), transferred(t, b.Zone, o)
			if slices.Sort(x); !slices.Equal(x, slices.Sorted(slices.Values(y))) {
				t.Fatalf("round %d: %s differs", round, o)
			}
		}
	}
}

// What DNS cannot see before something else comes counts with it: replicas need not wait for another change.
func TestSerialOfLateNamespace(t *testing.T) {
	ns1 := cluster.Put(&cluster.Namespace{Name: "ns1"})
	service := cluster.Put(&cluster.Service{Namespace: "ns1", Name: "web", Type: cluster.Headless})
	sl := sliceOf("a", "web", "10.1.0.1", "fd00::1")
	sl.Namespace = "ns1"
	changes := [][]cluster.Change{at(11, ns1), at(12, service), at(13, cluster.Put(sl))}
	want := [3]uint32{base + 13, base + 13, base + 13}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {1, 0, 2}} {
		r := newReplica(t, 10, ns0)
		for _, i := range order {
			r.see(changes[i]...)
		}
		if got := r.serials(); got != want {
			t.Errorf("in the order %v: got %v, want %v", order, got, want)
		}
	}
}

// What is held for a moment and goes then has the version of the change that took it away.
func TestSerialOfHeld(t *testing.T) {
	r := newReplica(t, 10, ns0, headlessOf("web"), sliceOf("a", "web", "10.1.0.1", "10.1.0.2"), sliceOf("b", "web", "10.1.0.3"))
	r.see(at(20, cluster.Put(sliceOf("a", "web", "10.1.0.1")))...)
	if got, want := r.Serial("cluster.local."), uint32(base+10); got != want {
		t.Errorf("held: got %d, want %d", got, want)
	}
	r.Update(r.state, r.state.Release(time.Now().Add(time.Hour)))
	if got, want := r.serials(), [3]uint32{base + 20, base + 20, base + 10}; got != want {
		t.Errorf("let go: got %v, want %v", got, want)
	}
	r.see(at(30, cluster.Put(sliceOf("a", "web")))...) // held, and arrives
	r.see(at(31, cluster.Put(sliceOf("b", "web", "10.1.0.3", "10.1.0.1")))...)
	if got, want := r.serials(), [3]uint32{base + 20, base + 20, base + 10}; got != want {
		t.Errorf("moved: got %v, want %v", got, want)
	}
}

// All zones move with the servers that they name.
func TestSerialOfServers(t *testing.T) {
	r := newReplica(t, 10, ns0, serviceOf("dns", "10.0.0.10"))
	r.Listen(parse([]string{"10.1.0.53"}))
	r.see(at(20, cluster.Put(sliceOf("a", "dns", "10.1.0.53")))...)
	if got, want := r.serials(), [3]uint32{base + 20, base + 20, base + 20}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Who takes another's place goes on from its serials, at the next version or with one more, whatever cluster it is of; and
// so does who takes the place of one that has never known its cluster.
func TestSerialFollow(t *testing.T) {
	next := func(version uint64, before ...*replica) *replica {
		t.Helper()
		z, err := New(Spec{Origins: []string{"cluster.local.", "in-addr.arpa.", "2001.ip6.arpa."}, TTL: 7})
		if err != nil {
			t.Fatal(err)
		}
		z.now = func() time.Time { return time.Unix(clock, 0) }
		for _, b := range before {
			z.Follow(b.Zone)
		}
		r := &replica{z, cluster.NewState()}
		if version > 0 {
			r.state.Replace(cluster.Kinds(), []cluster.Object{ns0, serviceOf("a", "10.0.0.1")}, version)
			z.Rebuild(r.state)
		}
		return r
	}
	old := newReplica(t, 10, ns0, serviceOf("a", "10.0.0.1"))
	old.see(at(20, cluster.Put(serviceOf("a", "10.0.0.2")))...)
	want := func(what string, r *replica, serial uint32) {
		t.Helper()
		if got := r.Serial("in-addr.arpa."); got != serial {
			t.Errorf("%s: got %d, want %d", what, got, serial)
		}
	}
	want("later", next(30, old), base+30)
	want("at the same version", next(20, old), base+21)
	want("of another cluster", next(5, old), base+21)
	want("after none that is known", next(5, next(0)), base+5)
	want("after one that never knew", next(5, next(0, old)), base+21)
	want("after two", next(5, next(9), old), base+21)
	if got := next(5, old).Serial("2001.ip6.arpa."); got != base+5 {
		t.Errorf("of a zone that the other does not have: got %d, want %d", got, base+5)
	}
	if a, b := old.OutsideSerial(), next(5, old).OutsideSerial(); !ahead(b, a) {
		t.Errorf("outside: got %d after %d", b, a)
	}
}

// A cluster that was restored from a backup counts from there again: serials go on one by one, never back, until its versions
// are ahead of them.
func TestSerialOfRestoredCluster(t *testing.T) {
	r := newReplica(t, 1000, ns0, serviceOf("web", "10.0.0.1"))
	before := r.Serial("cluster.local")
	r.Update(r.state, r.state.Replace(cluster.Kinds(), []cluster.Object{ns0, serviceOf("web", "10.0.0.1")}, 500))
	if got := r.Serial("cluster.local"); got != before {
		t.Errorf("nothing that DNS can see: got %d, want %d", got, before)
	}
	r.Update(r.state, r.state.Replace(cluster.Kinds(), []cluster.Object{ns0, serviceOf("web", "10.0.0.2")}, 501))
	if got := r.Serial("cluster.local"); got != before+1 {
		t.Errorf("another address: got %d, want %d", got, before+1)
	}
	r.see(at(502, cluster.Put(serviceOf("db", "10.0.0.3")))...)
	if got := r.Serial("cluster.local"); got != before+2 {
		t.Errorf("a new Service: got %d, want %d", got, before+2)
	}
	r.see(at(2000, cluster.Put(serviceOf("mail", "10.0.0.4")))...)
	if got := r.Serial("cluster.local"); got != base+2000 {
		t.Errorf("ahead again: got %d, want %d", got, base+2000)
	}
}
