package record

import (
	"testing"
	"time"

	"github.com/miekg/dns"
)

var question = Question{Name: "a.chaos.svc.cluster.local.", Type: dns.TypeA}

// told is a record in which the question has had these answers, each written when the one before was a minute old. The last
// is written now, and is not acknowledged.
func told(answers ...string) (*Record, *Entry) {
	r := New()
	for _, answer := range answers {
		r.Ack(r.Send(map[Question]string{question: answer}))
	}
	e := r.entries[question]
	now := time.Now()
	for i, v := range e.versions[1:] {
		v.write.sent = now.Add(time.Duration(i+1-len(answers)) * time.Minute)
		v.write.acked = v.write.sent.Add(time.Second)
	}
	e.versions[len(e.versions)-1].write.acked = time.Time{}
	return r, e
}

func TestJudge(t *testing.T) {
	_, e := told("1", "2", "3")
	due := func(acked time.Time) time.Time { return acked.Add(time.Second) }
	for _, c := range []struct {
		about, answer string
		ago           time.Duration // since it was asked for; it took 100 ms
		want          Verdict
	}{
		{"nothing was written", Absent, 3 * time.Minute, Right},
		{"before it was written", "1", 3 * time.Minute, Wrong},
		{"nobody ever wrote it", "4", 0, Wrong},
		{"the newest", "3", 0, Right},
		{"the one before, while the newest is not acknowledged", "2", 0, Right},
		{"its time is over for a minute", "1", 0, Late},
		{"within the bound of the next", "1", time.Minute - 1500*time.Millisecond, Right},
		{"just over it", "1", time.Minute - 2500*time.Millisecond, Late},
		{"a name that was there", Absent, time.Minute, Late},
	} {
		sent := time.Now().Add(-c.ago)
		reply := Reply{Answer: c.answer, Sent: sent, Received: sent.Add(100 * time.Millisecond)}
		if got, _, why := e.Judge(reply, &Seen{}, due); got != c.want {
			t.Errorf("%s: got %v (%s), want %v", c.about, got, why, c.want)
		}
	}
}

func TestJudgeBack(t *testing.T) {
	_, e := told("1", "2", "1", "3")
	due := func(acked time.Time) time.Time { return acked.Add(time.Hour) }
	var seen Seen
	for i, c := range []struct {
		answer string
		want   Verdict
	}{
		{Absent, Right}, {"1", Right}, {"2", Right}, {Absent, Wrong}, {"1", Right}, {"2", Wrong}, {"3", Right}, {"1", Wrong},
	} {
		now := time.Now()
		if got, _, why := e.Judge(Reply{Answer: c.answer, Sent: now, Received: now}, &seen, due); got != c.want {
			t.Errorf("%d: %s: got %v (%s), want %v", i, c.answer, got, why, c.want)
		}
	}
	sent := time.Now().Add(-time.Hour)
	if got, _, why := e.Judge(Reply{Answer: "2", Sent: sent, Received: time.Now()}, &seen, due); got != Right {
		t.Errorf("asked before the newer one was seen: got %v (%s), want Right", got, why)
	}
}

func TestRewind(t *testing.T) {
	r := New()
	other := Question{Name: "b.chaos.svc.cluster.local.", Type: dns.TypeA}
	r.Ack(r.Send(map[Question]string{question: "1"}))
	then := time.Now()
	r.Ack(r.Send(map[Question]string{question: "2", other: "3"}))
	r.Ack(r.Rewind(then))
	if got := r.entries[question].Now(); got != "1" {
		t.Errorf("what was there: got %s, want 1", got)
	}
	if got := r.entries[other].Now(); got != Absent {
		t.Errorf("what was not: got %s, want %s", got, Absent)
	}
	if got := len(r.live); got != 1 {
		t.Errorf("live: got %d, want 1", got)
	}
}

func TestPick(t *testing.T) {
	r := New()
	if e := r.Pick(); e != nil {
		t.Errorf("of nothing: got %v, want nil", e.Question)
	}
	r.Send(map[Question]string{question: "1"})
	r.Send(map[Question]string{question: Absent})
	for i := range 100 {
		if i == 99 {
			t.Fatal("what is gone is never asked for")
		}
		if e := r.Pick(); e != nil && e.Question == question {
			break
		}
	}
}
