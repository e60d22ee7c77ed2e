package kubenames

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// sending is the stacks of goroutines that send a transfer, "" if there are none.
func sending() string {
	return stacks(func(stack string) bool { return strings.Contains(stack, "(*transfers).send") })
}

// serveLarge serves a zone that is larger than what the buffers of a connection hold.
func serveLarge(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	if err := writeFile(filepath.Join(dir, "cluster.yaml"), []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: testns}\n")); err != nil {
		t.Fatal(err)
	}
	s, err := startServer("cluster.local {\nbind 127.0.0.1\ntransfer {\nto *\n}\nkubenames {\nmanifests " + dir + "\n}\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		service := fmt.Sprint("big", i)
		changes := []cluster.Change{cluster.Put(&cluster.Service{Namespace: "testns", Name: service, Type: cluster.Headless})}
		for from := 0; from < 5000; from += 100 {
			sl := &cluster.Slice{Namespace: "testns", Name: fmt.Sprintf("%s-%04d", service, from), Service: service,
				Ports: cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})}
			var all cluster.EndpointsBuilder
			for n := from; n < from+100; n++ {
				all.Add(netip.AddrFrom4([4]byte{10, byte(i), byte(n >> 8), byte(n)}), "")
			}
			sl.Endpoints = all.Endpoints()
			changes = append(changes, cluster.Put(sl))
		}
		s.tell(changes...)
	}
	return s
}

// A client that hangs up in the middle leaves nothing behind.
func TestTransferHangUp(t *testing.T) {
	captureLog(t)
	s := serveLarge(t)
	defer s.stop()
	conn, err := s.startTransfer("cluster.local", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ReadMsg(); err != nil {
		t.Fatal(err)
	}
	if sending() == "" {
		t.Error("the transfer is over before its client has hung up")
	}
	conn.Close()
	if left := eventually(sending); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}

// A client that takes nothing any more is cut off after a while.
func TestTransferStalled(t *testing.T) {
	defer func(old time.Duration) { stalled = old }(stalled)
	stalled = 300 * time.Millisecond
	log := captureLog(t)
	s := serveLarge(t)
	defer s.stop()
	conn, err := s.startTransfer("cluster.local", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ReadMsg(); err != nil {
		t.Fatal(err)
	}
	if left := eventually(sending); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if !strings.Contains(log.String(), "cut off: its client has taken nothing for 300ms") {
		t.Errorf("logged was only %s", log)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	var last dns.RR // what was sent by then has no end
	for m, err := conn.ReadMsg(); err == nil && len(m.Answer) > 0; m, err = conn.ReadMsg() {
		if last = m.Answer[len(m.Answer)-1]; last.Header().Rrtype == dns.TypeSOA {
			t.Error("a transfer that was cut off ends as if it were whole")
		}
	}
}

// A server that stops ends what it sends, and starts nothing more.
func TestTransferStop(t *testing.T) {
	captureLog(t)
	s := serveLarge(t)
	conn, err := s.startTransfer("cluster.local", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ReadMsg(); err != nil {
		t.Fatal(err)
	}
	if sending() == "" {
		t.Error("the transfer is over before the server stops")
	}
	k := s.handlers[0]
	k.stop()
	if left := sending(); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if _, err := k.Transfer("cluster.local.", 0); err == nil {
		t.Error("a transfer started after the end")
	}
	conn.Close()
	if err := s.instance.Stop(); err != nil {
		t.Error(err)
	}
}

// A transfer of many messages is signed, if its request was.
func TestTransferSigned(t *testing.T) {
	captureLog(t)
	secret := base64.StdEncoding.EncodeToString([]byte("what nobody else knows"))
	s, err := startServer("cluster.local {\nbind 127.0.0.1\ntsig {\nsecret key. " + secret + "\nrequire all\n}\ntransfer {\nto *\n}\nkubenames {\nmanifests " + examples(t) + "\n}\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	request := new(dns.Msg).SetAxfr("cluster.local.")
	request.SetTsig("key.", dns.HmacSHA256, 300, time.Now().Unix())
	client := &dns.Transfer{TsigSecret: map[string]string{"key.": secret}}
	envelopes, err := client.In(request, s.tcp)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for e := range envelopes {
		if e.Error != nil {
			t.Fatal(e.Error)
		}
		n += len(e.RR)
	}
	if n < 20 {
		t.Errorf("got %d records", n)
	}
	if got, err := s.transfer("cluster.local", nil); err != nil || got.rcode == dns.RcodeSuccess {
		t.Errorf("unsigned: got %v, %v", got, err)
	}
}

func examples(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("examples")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each record of a transfer is in the answer to the question for it, and nothing else is.
func TestTransferIsWhatQueriesAnswer(t *testing.T) {
	captureLog(t)
	s, err := startServer("cluster.local in-addr.arpa ip6.arpa {\nbind 127.0.0.1\ntransfer {\nto *\n}\nkubenames {\npods verified\nmanifests " + examples(t) + "\n}\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	for _, zone := range []string{"cluster.local", "in-addr.arpa", "ip6.arpa"} {
		got, err := s.transfer(zone, nil)
		if err != nil {
			t.Fatal(err)
		}
		sets := map[dns.Question][]string{}
		for _, rr := range got.records[1:] {
			h := rr.Header()
			q := dns.Question{Name: h.Name, Qtype: h.Rrtype, Qclass: h.Class}
			sets[q] = append(sets[q], rr.String())
		}
		if len(sets) < 4 {
			t.Errorf("%s: only %d sets", zone, len(sets))
		}
		for q, want := range sets {
			all, err := questions([]string{dns.TypeToString[q.Qtype], q.Name, "+tcp"})
			if err != nil {
				t.Fatal(err)
			}
			m, err := s.exchange(all[0])
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, rr := range m.Answer {
				said = append(said, rr.String())
			}
			slices.Sort(said)
			slices.Sort(want)
			if !slices.Equal(said, want) {
				t.Errorf("%v: transferred %v, answered %v", q, want, said)
			}
		}
		t.Logf("%s: %d sets of %d records", zone, len(sets), len(got.records))
	}
}
