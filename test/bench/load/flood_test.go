package load

import (
	"encoding/binary"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// flooding is questions of several lengths, and another one.
func flooding(t *testing.T) (set, other Set) {
	t.Helper()
	var questions []Question
	for i := range 200 {
		questions = append(questions, Question{Name: fmt.Sprintf("%0*d.example.", 1+i%40, i), Type: dns.TypeA})
	}
	set, err := Kind{EDNS: true}.Pack(questions)
	if err != nil {
		t.Fatal(err)
	}
	other, err = Kind{}.Pack([]Question{{Name: "other.example.", Type: dns.TypeA}})
	if err != nil {
		t.Fatal(err)
	}
	return set, other
}

// A flood asks what its rate says and no more, and counts right answers.
func TestFlood(t *testing.T) {
	set, other := flooding(t)
	address := server(t, func(m *dns.Msg) {})
	const rate, length = 4000, 300 * time.Millisecond
	r, err := set.Flood(address, Flood{Rate: rate, Length: length, Other: other})
	if err != nil {
		t.Fatal(err)
	}
	if most := rate*r.Seconds + 1; r.Asked == 0 || float64(r.Asked) > most {
		t.Errorf("asked %d, want some, and %.0f at the most", r.Asked, most)
	}
	if r.Answered == 0 || r.Answered > r.Asked || r.Wrong != 0 || r.Late != 0 {
		t.Errorf("got %+v, want answers", r)
	}
	if r.OtherAsked == 0 || r.OtherAnswered != r.OtherAsked || r.OtherTook.Quantile(1) == 0 {
		t.Errorf("the other question: asked %d, answered %d in %s", r.OtherAsked, r.OtherAnswered, r.OtherTook.Quantile(1))
	}
	if p50, p99 := r.Took.Quantile(0.5), r.Took.Quantile(0.99); p50 <= 0 || p99 < p50 || p99.Seconds() > r.Seconds+bin.Seconds() {
		t.Errorf("answered in %s and %s", p50, p99)
	}
}

// A flood does not wait for a server that says nothing, and ends early if it is told to.
func TestFloodUnanswered(t *testing.T) {
	set, _ := flooding(t)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stop := make(chan struct{})
	go func() {
		silent.ReadFrom(make([]byte, 512))
		close(stop)
	}()
	r, err := set.Flood(silent.LocalAddr().String(), Flood{Rate: 1e5, Length: time.Hour, Stop: stop})
	if err != nil || r.Asked == 0 || r.Answered != 0 || r.Took.Quantile(0.5) != 0 {
		t.Errorf("got %+v, %v, want questions without answers", r, err)
	}
}

// Only the right answer to the question that has the id now, in time, counts as one.
func TestFloodCounts(t *testing.T) {
	set, _ := flooding(t)
	reply := func(question int, id uint16, rcode int) []byte {
		m := new(dns.Msg).SetQuestion(set.asked[question].question.Name, dns.TypeA)
		m.Id, m.Response, m.Rcode = id, true, rcode
		wire, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return wire
	}
	s := &spout{set: set, gives: gives, took: &Times{}, sent: make([]mark, 1<<16)}
	s.sent[7], s.sent[8] = mark{1000, 3}, mark{1000, 4}
	type counts struct{ answered, wrong, late int }
	afterwards := uint32(1000 + (gives + time.Millisecond).Microseconds())
	for _, tc := range []struct {
		name string
		wire []byte
		now  uint32
		want counts
	}{
		{"an id that nobody asked with", reply(3, 6, 0), 2000, counts{0, 0, 1}},
		{"another question's", reply(5, 7, 0), 2000, counts{0, 0, 2}},
		{"right", reply(3, 7, 0), 2000, counts{1, 0, 2}},
		{"again", reply(3, 7, 0), 2000, counts{1, 0, 3}},
		{"after the client has given up", reply(4, 8, 0), afterwards, counts{1, 0, 4}},
		{"wrong", reply(4, 8, dns.RcodeServerFailure), 2000, counts{1, 1, 4}},
		{"nothing", nil, 2000, counts{1, 2, 4}},
	} {
		s.take(tc.wire, tc.now)
		if got := (counts{s.answered, s.wrong, s.late}); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
	if got, want := s.took.Quantile(0.5), time.Millisecond+bin; got != want {
		t.Errorf("the right one took %s, want %s", got, want)
	}
}

// Every question is in one bundle, those of a bundle are as long as each other, and few system calls send them.
func TestBundles(t *testing.T) {
	set, _ := flooding(t)
	seen := map[uint32]bool{}
	for _, b := range set.bundles() {
		if len(b) == 0 || len(b) > bundled {
			t.Errorf("a bundle of %d", len(b))
		}
		for _, i := range b {
			if seen[i] || len(set.asked[i].wire) != len(set.asked[b[0]].wire) {
				t.Errorf("question %d: twice, or not as long as the others", i)
			}
			seen[i] = true
		}
	}
	if len(seen) != len(set.asked) {
		t.Errorf("got %d questions, want %d", len(seen), len(set.asked))
	}
	if got, want := set.asked[0].section(), set.asked[0].wire[14:len(set.asked[0].wire)-11]; binary.BigEndian.Uint16(got[len(got)-4:]) != dns.TypeA || string(got) != string(want) {
		t.Errorf("got the question %q, want %q", got, want)
	}
}
