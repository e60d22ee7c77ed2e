package zone

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// TestSteps makes random changes, step by step. After each the zone says what a zone says that was compiled afresh, byte
// for byte, and both say what one reads in the cluster by going through all of it.
func TestSteps(t *testing.T) {
	last := rand.Uint64()
	t.Logf("random seed %d", last)
	seen := map[string]int{}
	seeds := []uint64{1, 2, 3, 4, 5, 14, 23, 203}
	if raced {
		seeds = seeds[:1] // nothing here runs at once
	}
	try := func(seed uint64) {
		if steps(t, seed, seen); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, seed := range seeds {
		try(seed)
	}
	for _, must := range []string{"found A", "found AAAA", "found SRV", "found PTR", "found CNAME", "found ANY", "nodata A", "nodata HTTPS", "nxdomain A", "nxdomain PTR", "an index", "an import", "a place", "a chase", "a truncated message", "a client", "a way from outside", "an external IP"} {
		if seen[must] == 0 && !raced { // few seeds need not meet it
			t.Errorf("never seen: %s", must)
		}
	}
	try(last)
	t.Log(seen)
}

func steps(t *testing.T, seed uint64, seen map[string]int) {
	r := random{rand.New(rand.NewPCG(seed, 11))}
	w := &world{spec: r.spec(), local: parse(some(r, endpoints, 3)), state: cluster.NewState()}
	step := w.zone(t)
	step.Rebuild(w.state)
	for i := range 50 {
		var changes []cluster.Change
		for range 1 + r.IntN(4) {
			changes = append(changes, r.change())
		}
		switch {
		case i == 0: // something to begin with
			for _, ns := range namespaces {
				changes = append(changes, cluster.Put(&cluster.Namespace{Name: ns}))
			}
			changes = append(changes, cluster.Put(&cluster.Service{Namespace: "ns0", Name: "big", Type: cluster.Headless}))
		case r.IntN(4) == 0:
			step.Update(w.state, w.state.Release(time.Now().Add(time.Hour)))
		}
		step.Update(w.state, w.state.Apply(changes...))
		fresh := w.zone(t)
		fresh.Rebuild(w.state)
		fresh.view.Load().soas = step.view.Load().soas // serials tell the past
		w.groups = nil
		w.state.Groups(func(k cluster.Key) { w.groups = append(w.groups, k) })
		slices.SortFunc(w.groups, func(a, b cluster.Key) int {
			return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
		})
		step.view.Load().units.each(func(u *unit) {
			if u.index != nil {
				seen["an index"]++
			}
		})
		w.compareClients(t, step, fresh, seen)
		w.compareOutside(t, step, fresh, seen)
		for range 50 {
			w.compare(t, step, fresh, r, seen)
			if t.Failed() {
				t.Logf("step %d", i)
				return
			}
		}
	}
}

func (w *world) zone(t *testing.T) *Zone {
	t.Helper()
	z, err := New(w.spec)
	if err != nil {
		t.Fatal(err)
	}
	z.Listen(w.local)
	z.now = func() time.Time { return time.Unix(1_000_000, 0) }
	return z
}

// compare asks both zones and the world one question.
func (w *world) compare(t *testing.T, step, fresh *Zone, r random, seen map[string]int) {
	t.Helper()
	name, typ := r.question(), pick(r, types)
	if r.IntN(2) == 0 {
		name, typ = w.existing(r, name), pick(r, types[:5])
	}
	if len(w.spec.Clustersets) == 0 {
		name = strings.Replace(name, "clusterset.local.", "cluster.local.", 1)
	}
	request := new(dns.Msg).SetQuestion(r.mixed(name), typ)
	if r.IntN(2) == 0 {
		request.SetEdns0(uint16(r.IntN(1500)), r.IntN(2) == 0)
	}
	asked := fmt.Sprintf("%s %s", request.Question[0].Name, dns.Type(request.Question[0].Qtype))
	stream := r.IntN(2) == 0
	a, b := ask(t, step, request, stream), ask(t, fresh, request, stream)
	if a.outcome != b.outcome || a.chase != b.chase {
		t.Errorf("%s: got %v, %v, want %v, %v", asked, a.outcome, a.chase, b.outcome, b.chase)
	}
	if !bytes.Equal(a.wire, b.wire) {
		t.Errorf("%s: got\n%x, want\n%x", asked, a.wire, b.wire)
	}
	if why := Reason(a.reply.Reason); (why != Nothing) != (a.outcome != Found) || (why == NoType || why == OnlyBelow) != (a.outcome == Empty || a.outcome == EmptyReverse) {
		t.Errorf("%s: %v because of %v", asked, a.outcome, why)
	}
	if a.msg.Truncated {
		seen["a truncated message"]++
	}
	if a.chase.Target != "" {
		seen["a chase"]++
	}
	if a.outcome == Found && strings.Contains(name, "svc.clusterset.local.") {
		seen["an import"]++
	}
	if a.outcome == Found && strings.Contains(name, "._zone.") {
		seen["a place"]++
	}
	seen[a.outcome.String()+" "+dns.Type(request.Question[0].Qtype).String()]++
	a = ask(t, step, request, true)
	if got, want := a.said(t), w.say(name, request.Question[0].Qtype); got != want.String() {
		t.Errorf("%s: got\n%s\nwant\n%s", asked, got, want)
	}
	if got, want := a.outcome, w.outcome(name, request.Question[0].Qtype); got != want {
		t.Errorf("%s: got %v, want %v", asked, got, want)
	}
	m := a.reply.Msg(a.query, request)
	if got, want := fmt.Sprint(m.Answer, m.Ns), fmt.Sprint(a.msg.Answer, a.msg.Ns); got != want {
		t.Errorf("%s: message: got %s, want %s", asked, got, want)
	}
}

// asking is a question and what became of it.
type asking struct {
	query   *answer.Query
	reply   answer.Reply
	outcome Outcome
	chase   Chase
	wire    []byte
	msg     *dns.Msg
}

func ask(t *testing.T, z *Zone, request *dns.Msg, stream bool) *asking {
	t.Helper()
	a := &asking{query: new(answer.Query), msg: new(dns.Msg)}
	if err := a.query.SetMsg(request, stream); err != nil {
		t.Fatal(err)
	}
	a.outcome, a.chase = z.Find(a.query, &a.reply)
	a.query.Turn = 0
	a.wire = a.reply.Append(nil, a.query)
	if err := a.msg.Unpack(a.wire); err != nil {
		t.Fatalf("%s: %v", request.Question[0].Name, err)
	}
	return a
}

// said is a reply in the words of a world.
func (a *asking) said(t *testing.T) string {
	s := said{rcode: a.msg.Rcode, chase: a.chase}
	for _, rr := range a.msg.Answer {
		if soa, ok := rr.(*dns.SOA); ok {
			s.answer = append(s.answer, "SOA "+strings.ToLower(soa.Hdr.Name))
			continue
		}
		s.answer = append(s.answer, lower(rr))
	}
	for _, rr := range a.msg.Extra {
		if rr.Header().Rrtype != dns.TypeOPT {
			s.extra = append(s.extra, lower(rr))
		}
	}
	s.soa = len(a.msg.Ns) == 1
	return s.String()
}

// lower is a record with its names in lower case.
func lower(rr dns.RR) string {
	typ := "\t" + dns.Type(rr.Header().Rrtype).String() + "\t"
	return strings.Replace(strings.ToLower(rr.String()), "\tin"+strings.ToLower(typ), "\tIN"+typ, 1)
}

// String is without an order where there is none.
func (s said) String() string {
	if len(s.answer) > 0 && !strings.Contains(s.answer[0], "PTR") {
		slices.Sort(s.answer)
	}
	slices.Sort(s.extra)
	return fmt.Sprintf("%s, SOA %t, chase %v\n%s\n%s", dns.RcodeToString[s.rcode], s.soa, s.chase, strings.Join(s.answer, "\n"), strings.Join(s.extra, "\n"))
}

// outcome is what Find makes of a question.
func (w *world) outcome(name string, t uint16) Outcome {
	s := w.say(name, t)
	origin, rel, _ := w.origin(name)
	switch n := w.node(name, origin, rel, t); {
	case len(s.answer) > 0:
		return Found
	case n.reverse:
		return EmptyReverse
	case n.exists:
		return Empty
	}
	return Absent
}
