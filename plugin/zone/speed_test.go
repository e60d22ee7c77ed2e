package zone

import (
	"fmt"
	"hash/maphash"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// usual is the questions that must cost no memory.
var usual = []struct {
	name, ask string
	typ       uint16
	outcome   Outcome
}{
	{"A", "web.testns.svc.cluster.local.", dns.TypeA, Found},
	{"A_spelled", "Web.testns.svc.cluster.local.", dns.TypeA, Found},
	{"AAAA", "web.testns.svc.cluster.local.", dns.TypeAAAA, Found},
	{"SRV", "_http._tcp.web.testns.svc.cluster.local.", dns.TypeSRV, Found},
	{"A_of_10", "h10.testns.svc.cluster.local.", dns.TypeA, Found},
	{"SRV_of_10", "_http._tcp.h10.testns.svc.cluster.local.", dns.TypeSRV, Found},
	{"SRV_of_10_spelled", "_http._tcp.h10.testns.svc.Cluster.local.", dns.TypeSRV, Found},
	{"A_of_5000", "h5000.testns.svc.cluster.local.", dns.TypeA, Found},
	{"host", "ep-2.h10.testns.svc.cluster.local.", dns.TypeA, Found},
	{"host_of_5000", "ep-4998.h5000.testns.svc.cluster.local.", dns.TypeA, Found},
	{"dashed", "10-5-19-135.h5000.testns.svc.cluster.local.", dns.TypeA, Found},
	{"pod", "10-9-9-9.testns.pod.cluster.local.", dns.TypeA, Found},
	{"NXDOMAIN", "example.com.testns.svc.cluster.local.", dns.TypeA, Absent},
	{"NXDOMAIN_of_svc", "nosuch.testns.svc.cluster.local.", dns.TypeAAAA, Absent},
	{"NODATA", "h10.testns.svc.cluster.local.", dns.TypeAAAA, Empty},
	{"SOA", "cluster.local.", dns.TypeSOA, Found},
	{"NS", "cluster.local.", dns.TypeNS, Found},
	{"TXT", "dns-version.cluster.local.", dns.TypeTXT, Found},
	{"ns.dns", "ns.dns.cluster.local.", dns.TypeA, Found},
	{"PTR_of_Service", "1.0.96.10.in-addr.arpa.", dns.TypePTR, Found},
	{"PTR_of_10", "1.0.3.10.in-addr.arpa.", dns.TypePTR, Found},
	{"PTR_of_5000", "134.19.5.10.in-addr.arpa.", dns.TypePTR, Found},
	{"PTR_absent", "1.2.3.4.in-addr.arpa.", dns.TypePTR, Absent},
}

// asker asks a zone one question again and again, from its packet; its answer has that size.
func asker(t testing.TB, z *Zone, name string, typ uint16, want Outcome) (ask func(), size int) {
	t.Helper()
	request := new(dns.Msg).SetQuestion(name, typ)
	request.SetEdns0(1232, false)
	packet, err := request.Pack()
	if err != nil {
		t.Fatal(err)
	}
	q, r, dst := new(answer.Query), new(answer.Reply), make([]byte, 0, 4096)
	answer := func() Outcome {
		if err := q.Read(packet, false); err != nil {
			t.Fatal(err)
		}
		outcome, _ := z.Find(q, r)
		dst = r.Append(dst[:0], q)
		return outcome
	}
	if got := answer(); got != want {
		t.Fatalf("%s: got %v, want %v", name, got, want)
	}
	return func() { answer() }, len(dst)
}

// TestAllocations: an answer costs no memory that it does not share.
func TestAllocations(t *testing.T) {
	z, _ := sized(t, 10, 5000)
	z.Listen(parse([]string{"10.0.0.10"}))
	for _, c := range usual {
		ask, _ := asker(t, z, c.ask, c.typ, c.outcome)
		n := testing.AllocsPerRun(200, ask)
		if raced {
			t.Logf("%s: %.0f allocations, not asserted with the race detector", c.name, n)
		} else if n != 0 {
			t.Errorf("%s: got %.0f allocations, want 0", c.name, n)
		}
	}
}

// BenchmarkFindAppend answers from packet to packet. The floor beside each is what the machine needs to hash the name and
// to copy the question in and the answer out.
func BenchmarkFindAppend(b *testing.B) {
	z, _ := sized(b, 10, 5000)
	z.Listen(parse([]string{"10.0.0.10"}))
	for _, c := range usual {
		ask, size := asker(b, z, c.ask, c.typ, c.outcome)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
		b.Run(c.name+"_floor", func(b *testing.B) { floor(b, c.ask, size) })
	}
}

// floor hashes the name and copies so many bytes.
func floor(b *testing.B, name string, size int) {
	in, from, to := []byte(name), make([]byte, size), make([]byte, size)
	name2, sum, seed := make([]byte, len(in)), uint64(0), maphash.MakeSeed()
	for b.Loop() {
		copy(name2, in)
		sum += maphash.Bytes(seed, name2)
		copy(to, from)
	}
	_ = sum
}

// BenchmarkFindMsg answers for a plugin chain.
func BenchmarkFindMsg(b *testing.B) {
	z, _ := sized(b, 10, 1000, 5000)
	z.Listen(parse([]string{"10.0.0.10"}))
	for _, c := range usual {
		b.Run(c.name, func(b *testing.B) {
			tell := teller(b, z, c.ask, c.typ)
			b.ReportAllocs()
			for b.Loop() {
				tell()
			}
		})
	}
}

// teller asks a zone one question again and again, from a message to a message.
func teller(t testing.TB, z *Zone, name string, typ uint16) func() {
	request := new(dns.Msg).SetQuestion(name, typ)
	request.SetEdns0(1232, false)
	q, r := new(answer.Query), new(answer.Reply)
	return func() {
		if err := q.SetMsg(request, false); err != nil {
			t.Fatal(err)
		}
		z.Find(q, r)
		r.Msg(q, request)
	}
}

// TestBlocks counts the blocks of memory of a message: they do not grow with its records.
func TestBlocks(t *testing.T) {
	z, _ := sized(t, 10, 1000, 5000)
	for _, c := range []struct {
		ask  string
		typ  uint16
		most float64
	}{
		{"web.testns.svc.cluster.local.", dns.TypeA, 1},
		{"web.testns.svc.cluster.local.", dns.TypeAAAA, 1},
		{"nosuch.testns.svc.cluster.local.", dns.TypeA, 1},
		{"cluster.local.", dns.TypeSOA, 1},
		{"h10.testns.svc.cluster.local.", dns.TypeA, 3},
		{"h5000.testns.svc.cluster.local.", dns.TypeA, 3},
		{"1.0.96.10.in-addr.arpa.", dns.TypePTR, 4},
		{"_http._tcp.h10.testns.svc.cluster.local.", dns.TypeSRV, 7},
		{"_http._tcp.h1000.testns.svc.cluster.local.", dns.TypeSRV, 5},
	} {
		tell := teller(t, z, c.ask, c.typ)
		tell()
		if n := testing.AllocsPerRun(100, tell); n > c.most && !raced {
			t.Errorf("%s %s: got %.0f, want at most %.0f", c.ask, dns.Type(c.typ), n, c.most)
		}
	}
}

// BenchmarkCompile makes what a unit remembers.
func BenchmarkCompile(b *testing.B) {
	z, _ := sized(b, 10, 5000)
	for _, n := range []int{10, 5000} {
		u := z.view.Load().unitOf(newIdent("testns", fmt.Sprint("h", n)))
		s := &selector{ports: true, port: []byte("http"), proto: []byte("tcp")}
		for name, compile := range map[string]func(){
			"A":   func() { u.compileAddresses(z, s, dns.TypeA) },
			"SRV": func() { u.compileServices(z, s) },
		} {
			b.Run(fmt.Sprint(name, "_of_", n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					compile()
				}
			})
		}
	}
}

// TestCompilation counts the blocks of memory of a compiled set: they do not grow with its endpoints.
func TestCompilation(t *testing.T) {
	z, _ := sized(t, 10, 5000)
	s := &selector{ports: true, port: []byte("http"), proto: []byte("tcp")}
	blocks := func(n int) (a, srv float64) {
		u := z.view.Load().unitOf(newIdent("testns", fmt.Sprint("h", n)))
		return testing.AllocsPerRun(20, func() { u.compileAddresses(z, s, dns.TypeA) }), testing.AllocsPerRun(20, func() { u.compileServices(z, s) })
	}
	smallA, smallSRV := blocks(10)
	bigA, bigSRV := blocks(5000)
	if bigA > smallA+1 || bigSRV > smallSRV+25 && !raced { // one text grows
		t.Errorf("of 10: %.0f and %.0f blocks; of 5000: %.0f and %.0f", smallA, smallSRV, bigA, bigSRV)
	}
}

// TestTurns: a set that does not fit begins with another record each time.
func TestTurns(t *testing.T) {
	z, _ := sized(t, 100)
	first := map[string]bool{}
	for range 10 {
		request, q, r := new(dns.Msg).SetQuestion("h100.testns.svc.cluster.local.", dns.TypeA), new(answer.Query), new(answer.Reply)
		if err := q.SetMsg(request, false); err != nil {
			t.Fatal(err)
		}
		z.Find(q, r)
		first[r.Msg(q, request).Answer[0].String()] = true
	}
	if len(first) != 10 {
		t.Errorf("%d records were first, want 10", len(first))
	}
}
