package load

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// server answers every question over UDP and TCP with what answer makes of it.
func server(t *testing.T, answer func(m *dns.Msg)) (address string) {
	t.Helper()
	started := make(chan struct{}, 2)
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetReply(r)
		answer(m)
		w.WriteMsg(m)
	})
	address = "127.0.0.1:0"
	for _, network := range []string{"tcp", "udp"} {
		s := &dns.Server{Addr: address, Net: network, Handler: handler, MaxTCPQueries: -1, NotifyStartedFunc: func() { started <- struct{}{} }}
		go s.ListenAndServe()
		t.Cleanup(func() { s.Shutdown() })
		<-started
		if network == "tcp" {
			address = s.Listener.Addr().String()
		}
	}
	return address
}

// A tenth of many records may be missing or too much, and none of one.
func TestNear(t *testing.T) {
	for _, tc := range []struct {
		got, want int
		near      bool
	}{{1, 1, true}, {0, 1, false}, {2, 1, false}, {1, 0, false}, {9, 10, true}, {11, 10, true}, {8, 10, false}, {4500, 5000, true}, {4499, 5000, false}, {5501, 5000, false}} {
		if got := tc.got == tc.want || near(tc.got, tc.want); got != tc.near {
			t.Errorf("%d records for %d: got %v, want %v", tc.got, tc.want, got, tc.near)
		}
	}
}

// Every answer is looked at: the wrong rcode and the wrong number of records are errors, over UDP and TCP.
func TestRunChecks(t *testing.T) {
	record := func(m *dns.Msg) {
		m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: m.Question[0].Name, Rrtype: 1, Class: 1}, A: []byte{1, 2, 3, 4}})
	}
	good := server(t, record)
	denies := server(t, func(m *dns.Msg) { m.Rcode = dns.RcodeNameError })
	two := server(t, func(m *dns.Msg) { record(m); record(m) })
	truncates := server(t, func(m *dns.Msg) { m.Truncated = true })
	questions := []Question{{Name: "a.example.", Type: dns.TypeA, Answers: 1}, {Name: "b.example.", Type: dns.TypeA, Answers: 1}}
	for _, tc := range []struct {
		name, address string
		check         Check
		wrong         string // "": nothing
	}{
		{"right", good, Exact, ""},
		{"truncated", truncates, Exact, ""},
		{"rcode", denies, Exact, "NXDOMAIN with 0 records"},
		{"rcode", denies, Near, "NXDOMAIN with 0 records"},
		{"records", two, Exact, "NOERROR with 2 records"},
		{"records", two, Near, "NOERROR with 2 records"},
		{"rcode", denies, Anything, ""},
	} {
		for _, k := range []Kind{{Name: "UDP"}, {Name: "TCP", TCP: true}} {
			set, err := k.Pack(questions)
			if err != nil {
				t.Fatal(err)
			}
			r, err := set.Run(tc.address, 20*time.Millisecond, tc.check)
			if tc.wrong == "" && (err != nil || r.Answered < 2*sockets) {
				t.Errorf("%s, %s, %d: got %v, %v, want answers", tc.name, k.Name, tc.check, r, err)
			}
			if tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
				t.Errorf("%s, %s, %d: got the error %v, want %q", tc.name, k.Name, tc.check, err, tc.wrong)
			}
		}
	}
}

// An answer that does not come is told from one that is wrong.
func TestRunLost(t *testing.T) {
	defer func(before time.Duration) { patience = before }(patience)
	patience = 50 * time.Millisecond
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	set, err := Kind{}.Pack([]Question{{Name: "a.example.", Type: dns.TypeA}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Run(silent.LocalAddr().String(), time.Millisecond, Exact); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want %v", err, os.ErrDeadlineExceeded)
	}
}
