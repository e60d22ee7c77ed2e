package kubenames

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// serves waits until the server itself reads what comes: what is no query is not for the lane.
func (s *server) serves(t *testing.T) {
	t.Helper()
	m := new(dns.Msg).SetQuestion("cluster.local.", dns.TypeSOA)
	m.Opcode = dns.OpcodeStatus
	if rcode, err := s.plainly(m); err != nil || rcode != dns.RcodeNotImplemented {
		t.Fatalf("an odd packet: got %s %v, want NOTIMP", dns.RcodeToString[rcode], err)
	}
}

// held is how many goroutines and descriptors the process has.
func held(t *testing.T) (goroutines, descriptors int) {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return runtime.NumGoroutine(), len(files)
}

// However often a server under load is reloaded, nothing is lost, and nothing stays behind.
func TestReloadOften(t *testing.T) {
	corefile := func(around, option string) string {
		return fmt.Sprintf("{\nbind 127.0.0.1\n%s\nkubenames cluster.local {\nmanifests cluster.yaml\n%s\n}\nwhoami\n}", around, option)
	}
	s := startIn(t, ". "+corefile("", "express 2"))
	s.boards(t)
	s.serves(t)
	goroutines, descriptors := held(t)
	p := press(t, s.udp)
	defer p.end()
	zone := ".:" + s.udp[strings.LastIndex(s.udp, ":")+1:] + " "
	around := []string{"", "multisocket 3", "multisocket 2", ""}
	option := []string{"express 2", "express 2", "express 3", "express 1", "express 2"}
	const times = 20 // so that the last is like the first
	for i := 1; i <= times; i++ {
		p.step.Store(int64(i))
		if err := s.reload(zone + corefile(around[i%len(around)], option[i%len(option)])); err != nil {
			t.Fatal(err)
		}
		s.serves(t)
		p.more(t)
	}
	p.endWhole(t)
	if trouble := eventually(func() string {
		if g, d := held(t); g > goroutines || d > descriptors {
			return fmt.Sprintf("%d goroutines and %d descriptors, want %d and %d", g, d, goroutines, descriptors)
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
}

// A server that has no lane yet, and more sockets than the one after it, loses nothing of what they have queued; and nothing is held for one
// that does not start.
func TestReloadBoards(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	corefile := func(zone, around, option string) string {
		return fmt.Sprintf("%s {\nbind 127.0.0.1\n%s\nkubenames cluster.local {\nmanifests cluster.yaml\n%s\n}\nwhoami\n}\n", zone, around, option)
	}
	s := startIn(t, corefile(".", "multisocket 4", ""))
	p := press(t, s.udp)
	defer p.end()
	zone := ".:" + s.udp[strings.LastIndex(s.udp, ":")+1:]
	without, with := corefile(zone, "multisocket 4", ""), corefile(zone, "", "express 1")
	const times = 20
	for i := range times {
		p.step.Store(int64(i))
		if err := s.reload(with + "example.org:" + port + " {\nbind 127.0.0.1\nwhoami\n}"); err == nil {
			t.Fatal("a server starts at a port that is taken")
		}
		for _, c := range []string{with, without} {
			if err := s.reload(c); err != nil {
				t.Fatal(err)
			}
			p.more(t)
		}
	}
	p.endWhole(t)
	if trouble := eventually(func() string {
		running.mu.Lock()
		defer running.mu.Unlock()
		if len(running.held) > 0 {
			return fmt.Sprintf("%d listeners are still held", len(running.held))
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
}
