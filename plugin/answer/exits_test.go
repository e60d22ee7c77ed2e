package answer

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/coredns/coredns/plugin/test"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// TestExits asks random replies for both exits: they say the same, they fit, and the server has nothing left to cut.
func TestExits(t *testing.T) {
	for seed := range uint64(600) {
		r := newRandom(seed)
		q, m := r.query(t)
		checkExits(t, fmt.Sprint("seed ", seed), r.reply(q), q, m)
		if t.Failed() {
			return
		}
	}
}

func checkExits(t *testing.T, name string, r *Reply, q *Query, m *dns.Msg) {
	t.Helper()
	wire := r.Append([]byte("before"), q)[len("before"):]
	if len(wire) > budgetOf(m, q.Stream) {
		t.Errorf("%s: %d bytes for a client that takes %d", name, len(wire), budgetOf(m, q.Stream))
	}
	got := new(dns.Msg)
	if err := got.Unpack(wire); err != nil {
		t.Fatalf("%s: %v in %x", name, err, wire)
	}
	if o := got.IsEdns0(); o != nil && (o.Hdr.Ttl&^0x8000 != 0 || o.Do() != m.IsEdns0().Do()) {
		t.Errorf("%s: OPT: got flags %x, want DO alone as asked", name, o.Hdr.Ttl)
	}
	state := request.Request{W: &test.ResponseWriter{TCP: q.Stream}, Req: m.Copy()}
	said := r.Msg(q, m)
	if got, want := Length(wire), said.Len(); got != want && !r.fit(q).packed {
		t.Errorf("%s: the length without compression: got %d, want %d", name, got, want)
	}
	state.SizeAndDo(said)
	before := counts(said)
	said = state.Scrub(said)
	if after := counts(said); after != before && !r.fit(q).packed {
		t.Errorf("%s: the server cut what was cut: got %s, want %s", name, after, before)
	}
	packed, err := said.Pack()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want := new(dns.Msg)
	if err := want.Unpack(packed); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	gots, wants := text(got, m), text(want, m)
	for i := range max(len(gots), len(wants)) {
		if i >= len(gots) || i >= len(wants) || gots[i] != wants[i] {
			t.Fatalf("%s: line %d: got\n%s\nwant\n%s", name, i, gots[min(i, len(gots)-1)], wants[min(i, len(wants)-1)])
		}
	}
}

// budgetOf is how much a client takes, from its request.
func budgetOf(m *dns.Msg, stream bool) int {
	switch o := m.IsEdns0(); {
	case stream:
		return 65535
	case o != nil:
		return max(512, int(o.UDPSize()))
	}
	return 512
}

// counts is what a cut changes of a message.
func counts(m *dns.Msg) string {
	return fmt.Sprint(len(m.Answer), " ", len(m.Ns), " ", len(m.Extra), " TC ", m.Truncated)
}

// text is the lines of a message but for the flags of its OPT that are a client's, and not ours, to set.
func text(m, request *dns.Msg) []string {
	if o, r := m.IsEdns0(), request.IsEdns0(); o != nil && r != nil && o.Hdr.Ttl&0x8000 == r.Hdr.Ttl&0x8000 {
		o.Hdr.Ttl &= 0x8000
	}
	return strings.Split(m.String(), "\n")
}

// TestExitsUncut compares with what the server would keep of a message that nobody has cut: the same, but for what stands
// behind aliases.
func TestExitsUncut(t *testing.T) {
	most := map[uint16]int{}
	for seed := range uint64(600) {
		r := newRandom(seed)
		q, m := r.query(t)
		q.Turn = 0
		rep := r.reply(q)
		all := *q
		all.Stream = true
		uncut := rep.Msg(&all, m)
		if q.Stream || uncut.Truncated || rep.Set == nil || len(q.name[:q.length]) == 1 {
			continue
		}
		state := request.Request{W: &test.ResponseWriter{}, Req: m.Copy()}
		state.SizeAndDo(uncut)
		state.Scrub(uncut)
		kept := rep.Msg(q, m)
		state.SizeAndDo(kept)
		state.Scrub(kept)
		less := len(uncut.Answer) - len(kept.Answer)
		if less < 0 || less > 0 && rep.CNAMEs == nil {
			t.Errorf("seed %d: %s: kept %d, the server would keep %d", seed, dns.Type(rep.Set.typ), len(kept.Answer), len(uncut.Answer))
		}
		if rep.CNAMEs == nil {
			most[rep.Set.typ] = max(most[rep.Set.typ], less)
		}
	}
	t.Log("records fewer than the server would keep, at most, by type:", most)
}

func TestLarge(t *testing.T) {
	r := newRandom(1)
	var srv []SRV
	var glue []Glue
	for i := range 3000 {
		srv = append(srv, SRV{Label: fmt.Sprint("ep-", i), Port: 80})
		glue = append(glue, Glue{i, r.addr()})
	}
	for _, c := range []struct {
		name   string
		set    *Set
		whole  bool
		answer int // at least
	}{
		{"4000 addresses", Addresses(dns.TypeA, 5, v4(4000)), true, 4000},
		{"6000 addresses", Addresses(dns.TypeA, 5, v4(6000)), false, 4000},
		{"3000 services", Services(5, "web.testns.svc", srv, glue), false, 1000},
		{"600 services, glue beyond the reach of a pointer", Services(5, "web.testns.svc", srv[:600], glue[:600]), true, 600},
	} {
		request := new(dns.Msg).SetQuestion("web.testns.svc.Cluster.Local.", dns.TypeSRV)
		q := new(Query)
		if err := q.SetMsg(request, true); err != nil {
			t.Fatal(err)
		}
		setZone(q, 2)
		wire := (&Reply{Set: c.set}).Append(nil, q)
		m := new(dns.Msg)
		if err := m.Unpack(wire); err != nil {
			t.Fatal(c.name, err)
		}
		if len(wire) > 65535 || m.Truncated == c.whole || len(m.Answer) < c.answer {
			t.Errorf("%s: %d bytes, %s; want whole: %t", c.name, len(wire), counts(m), c.whole)
		}
		checkExits(t, c.name, &Reply{Set: c.set}, q, request)
	}
}

// TestTurn asks often for what does not fit: each record gets its turn.
func TestTurn(t *testing.T) {
	var srv []SRV
	for i := range 50 {
		srv = append(srv, SRV{Label: fmt.Sprint("a-rather-long-label-", i), Port: 80})
	}
	for name, set := range map[string]*Set{
		"addresses": Addresses(dns.TypeA, 5, v4(77)),
		"services":  Services(5, "web.testns.svc", srv, nil),
	} {
		q := ask(t, "web.testns.svc.cluster.local.", false, 2)
		seen, first := map[string]int{}, map[string]int{}
		for turn := range set.Len() {
			q.Turn = uint32(turn)
			m := new(dns.Msg)
			if err := m.Unpack((&Reply{Set: set}).Append(nil, q)); err != nil {
				t.Fatal(err)
			}
			for i, rr := range m.Answer {
				seen[rr.String()]++
				if i == 0 {
					first[rr.String()]++
				}
			}
		}
		if len(seen) != set.Len() || len(first) != set.Len() {
			t.Errorf("%s: %d were seen, %d were first; want %d", name, len(seen), len(first), set.Len())
		}
	}
}

// TestFarGlue makes sure that random replies have glue whose target no pointer reaches: a pointer to there would be
// taken for one to elsewhere, which the comparison of the exits finds.
func TestFarGlue(t *testing.T) {
	q := ask(t, "a.svc.cluster.local.", true, 2)
	far := 0
	for seed := range uint64(300) {
		r := newRandom(seed)
		set := r.services()
		c := (&Reply{Set: set}).fit(q)
		w := walk{set: set, q: q, at: question + q.length + 4}
		for _, g := range set.glue[:c.glue] {
			if at := w.target(g.Of); at > farthest {
				far++
			}
		}
	}
	if far == 0 {
		t.Error("no reply was long enough")
	}
}

func v4(n int) (all []netip.Addr) {
	for i := range n {
		all = append(all, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	return all
}

// ask is a query for a name whose last labels are the zone.
func ask(t testing.TB, name string, stream bool, zone int) *Query {
	t.Helper()
	q := &Query{Class: dns.ClassINET, Type: dns.TypeSRV, Stream: stream}
	if err := q.SetName(name); err != nil {
		t.Fatal(err)
	}
	setZone(q, zone)
	return q
}

// TestLongChain cuts a chain of aliases like anything else.
func TestLongChain(t *testing.T) {
	r := &Reply{}
	for i := range 11 {
		r.CNAMEs = append(r.CNAMEs, fmt.Sprint(strings.Repeat("target.", 20), i, "."))
	}
	r.SetFew(v4(1)...)
	for stream, want := range map[bool]int{false: 3, true: 12} {
		q := ask(t, "a.svc.cluster.local.", stream, 2)
		m := new(dns.Msg)
		if err := m.Unpack(r.Append(nil, q)); err != nil {
			t.Fatal(err)
		}
		if len(m.Answer) != want || m.Truncated == stream {
			t.Errorf("stream %t: got %s, want %d answers", stream, counts(m), want)
		}
		if i := slices.IndexFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype != dns.TypeCNAME }); i >= 0 && i != 11 {
			t.Errorf("stream %t: answer %d is not of the chain", stream, i)
		}
	}
}
