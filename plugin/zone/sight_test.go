package zone

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// sight is all that DNS can see of a zone: the names that exist, and their records. It is found by asking for every name
// that a random world may have.
type sight map[string]string

// TestTransferAndSerials makes random changes. After each, a zone's serial has moved if and only if some answer in the
// zone is another one, and a transfer has the records of all answers, each once.
func TestTransferAndSerials(t *testing.T) {
	last := rand.Uint64()
	t.Logf("random seed %d", last)
	seen := map[string]int{}
	seeds, steps := []uint64{1, 18431004954818767819, 13920593841246942002}, 40 // the second has replies that no message holds, the third zones in zones in zones
	if raced {
		seeds, steps = nil, 4 // nothing here runs at once
	}
	for _, seed := range append(seeds, last) {
		if watch(t, seed, steps, seen); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if raced {
		return
	}
	for _, must := range []string{"forward moved", "forward stayed", "reverse moved", "reverse stayed", "unseen tweak", "seen tweak"} {
		if seen[must] < 5 {
			t.Errorf("seen too seldom: %s", must)
		}
	}
	t.Log(seen)
}

func watch(t *testing.T, seed uint64, steps int, seen map[string]int) {
	r := random{rand.New(rand.NewPCG(seed, 17))}
	w := &world{spec: r.spec(), local: parse(some(r, endpoints, 3)), state: cluster.NewState()}
	w.spec.Origins = append(w.spec.Origins, some(r, []string{"10.in-addr.arpa.", "0.0.10.in-addr.arpa.", "1.0.0.10.in-addr.arpa.", "0.d.f.ip6.arpa.",
		"x.in-addr.arpa.", "ns1.svc.cluster.local.", "web-0.web.ns0.svc.cluster.local.", "ns0.pod.cluster.local.", "sub.cluster.local.",
		strings.Repeat("o.", 108), strings.Repeat("p.", 117)}, 3)...)
	z := w.zone(t)
	var first []cluster.Change
	for _, ns := range namespaces {
		first = append(first, cluster.Put(&cluster.Namespace{Name: ns}))
	}
	for range 20 {
		first = append(first, r.change())
	}
	w.state.Apply(append(first, cluster.Put(&cluster.Service{Namespace: "ns0", Name: "big", Type: cluster.Headless}))...)
	z.Rebuild(w.state)
	before := z.sights()
	for i := range steps {
		var d cluster.Delta
		var did string
		tweaked := false
		switch n := r.IntN(10); {
		case n == 0:
			d, did = w.state.Release(time.Now().Add(time.Hour)), "release"
		case n < 6:
			c := r.tweak(w.state)
			d, did = w.state.Apply(c...), fmt.Sprint("tweak ", c)
			tweaked = !d.Empty()
		default:
			c := r.change()
			d, did = w.state.Apply(c), fmt.Sprintf("change %v", c)
		}
		old := map[string]uint32{}
		for _, o := range z.Origins() {
			old[o] = z.Serial(o)
		}
		z.Update(w.state, d)
		after := z.sights()
		for _, o := range z.Origins() {
			seeing := !maps.Equal(before[o], after[o])
			moved := z.Serial(o) != old[o]
			if seeing != moved || moved && !ahead(z.Serial(o), old[o]) {
				t.Errorf("step %d, %s: serial %d after %d, seen %t\n%s\n%s", i, o, z.Serial(o), old[o], seeing, did, before[o].changes(after[o]))
			}
			seen[map[bool]string{true: "reverse", false: "forward"}[Reverse(o)]+map[bool]string{true: " moved", false: " stayed"}[moved]]++
			if tweaked && !Reverse(o) {
				seen[map[bool]string{true: "seen tweak", false: "unseen tweak"}[moved]]++
			}
			z.compareTransfer(t, o, after[o])
		}
		if before = after; t.Failed() {
			t.Logf("spec %+v", w.spec)
			return
		}
	}
}

// sights is what DNS sees of each zone.
func (z *Zone) sights() map[string]sight {
	all := map[string]sight{}
	for _, o := range z.Origins() {
		all[o] = sight{}
	}
	see := func(name string) {
		at := ""
		for _, o := range z.Origins() {
			if strings.HasSuffix("."+name, "."+o) && len(o) > len(at) {
				at = o
			}
		}
		if at != "" {
			z.see(name, all[at])
		}
	}
	for _, o := range z.Origins() {
		z.everyName(func(rel string) { see(join(rel, o)) })
		see(o)
	}
	for _, a := range parse(slices.Concat(endpoints, ips)) {
		seeAbove(reverseName(a), see)
	}
	for i := range 120 {
		see(fmt.Sprintf("%d.0.2.10.in-addr.arpa.", i))
	}
	return all
}

// see adds what is said at the name.
func (z *Zone) see(name string, into sight) {
	q := &answer.Query{Class: dns.ClassINET, Stream: true}
	if q.SetName(name) != nil {
		return
	}
	var said []string
	for _, q.Type = range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeNS, dns.TypeTXT} {
		var r answer.Reply
		outcome, _ := z.Find(q, &r)
		if outcome == Absent {
			return
		}
		m := r.Msg(q, new(dns.Msg).SetQuestion(name, q.Type))
		if m.Truncated { // no message holds it
			m.Answer = slices.Concat(slices.Collect(r.Records(q, 100))...)
		}
		for i, rr := range m.Answer {
			if i == 0 || rr.Header().Rrtype == q.Type && m.Answer[0].Header().Rrtype == q.Type { // of an alias: the alias
				said = append(said, rr.String())
			}
		}
	}
	slices.Sort(said)
	into[name] = strings.Join(slices.Compact(said), "\n")
}

// changes is what the other sight sees otherwise, in words.
func (s sight) changes(other sight) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if now, ok := other[name]; !ok || now != s[name] {
			all = append(all, fmt.Sprintf("%s: was\n%s\nis %t\n%s", name, s[name], ok, now))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if _, ok := s[name]; !ok {
			all = append(all, fmt.Sprintf("%s is new:\n%s", name, other[name]))
		}
	}
	return strings.Join(all[:min(5, len(all))], "\n")
}

// compareTransfer holds the transfer of a zone to what is seen of it.
func (z *Zone) compareTransfer(t *testing.T, origin string, seen sight) {
	t.Helper()
	var want []string
	for name, said := range seen {
		rel := strings.TrimSuffix(name, origin)
		unbound := strings.HasPrefix(rel, "_.") || strings.Contains(rel, "._.") || strings.Contains(rel, ".prefer._zone.") ||
			strings.HasSuffix(rel, ".pod.") && z.spec.Pods != Verified
		if !unbound && said != "" {
			want = append(want, strings.Split(said, "\n")...)
		}
	}
	got := transferred(t, z, origin)
	soa := got[0]
	if !strings.Contains(soa, "\tSOA\t") || soa != got[len(got)-1] || !strings.Contains(soa, fmt.Sprint(" ", z.Serial(origin), " ")) {
		t.Errorf("%s: transfer starts with %s and ends with %s", origin, soa, got[len(got)-1])
	}
	if !strings.Contains(got[1], "\tNS\t") {
		t.Errorf("%s: after the SOA: %s", origin, got[1])
	}
	got = got[1 : len(got)-1]
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		for _, g := range got {
			if i, ok := slices.BinarySearch(want, g); ok {
				want = slices.Delete(want, i, i+1)
			} else {
				t.Errorf("%s: transfer has more: %s", origin, g)
			}
		}
		t.Errorf("%s: transfer lacks %v", origin, want)
	}
}

// transferred is the records of a transfer.
func transferred(t *testing.T, z *Zone, origin string) (all []string) {
	t.Helper()
	records, err := z.Transfer(origin, 0)
	if err != nil {
		t.Fatal(err)
	}
	for rrs := range records {
		for _, rr := range rrs {
			all = append(all, rr.String())
		}
	}
	return all
}
