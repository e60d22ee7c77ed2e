package ask

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// TestCounts asks a server that is right, wrong, silent, failing and late, as it is told, and looks at what is counted.
func TestCounts(t *testing.T) {
	r := record.New()
	q := record.Question{Name: "a.chaos.svc.cluster.local.", Type: dns.TypeA}
	r.Ack(r.Send(map[record.Question]string{q: "192.0.2.1"}))
	r.Ack(r.Send(map[record.Question]string{q: "192.0.2.2"}))

	var answer atomic.Pointer[string]
	say := func(text string) { answer.Store(&text) }
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, m *dns.Msg) {
		reply := new(dns.Msg).SetReply(m)
		switch text := *answer.Load(); text {
		case "":
			return
		case "SERVFAIL":
			reply.Rcode = dns.RcodeServerFailure
		default:
			rr, err := dns.NewRR(q.Name + " 5 IN A " + text)
			if err != nil {
				t.Error(err)
			}
			reply.Answer = []dns.RR{rr}
		}
		w.WriteMsg(reply)
	})}
	go server.ActivateAndServe()
	defer server.Shutdown()

	say("192.0.2.2")
	a, err := Start(r, conn.LocalAddr().String(), 500)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Stop()
	for _, c := range []struct {
		says string
		of   func(Count) int
	}{
		{"192.0.2.2", func(c Count) int { return c.Asked - c.Wrong - c.Lost - c.Late - c.Failed }},
		{"192.0.2.1", func(c Count) int { return c.Wrong }}, // back in time
		{"192.0.2.3", func(c Count) int { return c.Wrong }},
		{"SERVFAIL", func(c Count) int { return c.Failed }},
		{"", func(c Count) int { return c.Lost }},
	} {
		a.Hold()
		a.Count()
		say(c.says)
		a.Resume()
		time.Sleep(200 * time.Millisecond)
		a.Hold()
		if got := a.Peek(0); got.Asked == 0 || c.of(got) != got.Asked {
			t.Errorf("%q: got %+v, want all of them to count so", c.says, got)
		}
	}

	a.Count()
	a.Forget()
	say("192.0.2.1")
	time.Sleep(Bound) // what it says has been overwritten for that long
	a.Resume()
	time.Sleep(200 * time.Millisecond)
	a.Hold()
	if got := a.Peek(0); got.Asked == 0 || got.Late != got.Asked {
		t.Errorf("an answer whose time is over: got %+v, want all to be late", got)
	}
}

func TestDue(t *testing.T) {
	now := time.Now()
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	c := cuts{list: []cut{{at(10), at(20)}, {at(100), at(200)}, {at(300), time.Time{}}}}
	for _, e := range []struct{ acked, want int }{
		{0, 1}, {9, 21}, {15, 21}, {20, 21}, {25, 26}, {99, 201}, {250, 251},
	} {
		if got := c.due(at(e.acked)); !got.Equal(at(e.want)) {
			t.Errorf("acknowledged at %d: due at %v, want %d", e.acked, got.Sub(now), e.want)
		}
	}
	if got := c.due(at(299)); got.Before(at(3000)) {
		t.Errorf("while it is cut off: due at %v, want never", got.Sub(now))
	}
}
