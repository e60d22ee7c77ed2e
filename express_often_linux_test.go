package kubenames

import (
	"fmt"
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
	p.end()
	if lost, refused := p.lost.Load(), p.refused.Load(); lost+refused > 0 {
		t.Errorf("%d questions were lost, and %d refused", lost, refused)
	}
	if trouble := eventually(func() string {
		if g, d := held(t); g > goroutines || d > descriptors {
			return fmt.Sprintf("%d goroutines and %d descriptors, want %d and %d", g, d, goroutines, descriptors)
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
}
