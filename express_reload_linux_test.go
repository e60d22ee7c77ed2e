package kubenames

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// Under load the server gets other Corefiles again and again: with a lane, without, with other sockets, with one that is wrong. All
// answers are right, and not one question is lost.
func TestReloadExpress(t *testing.T) {
	port := func(addr string) string { _, p, _ := net.SplitHostPort(addr); return p }
	corefile := func(addr, around, option string) string {
		if !strings.HasPrefix(around, "bind ") {
			around = "bind 127.0.0.1\n" + around
		}
		return ".:" + port(addr) + " {\nerrors\n" + around + "\nkubenames cluster.local {\nmanifests cluster.yaml\n" + option + "\n}\nwhoami\n}"
	}
	s := startIn(t, strings.Replace(corefile("", "", "express 2"), ".:", ".", 1))
	p := press(t, s.udp)
	defer p.end()
	for i, c := range []struct {
		around, option string
		lane           bool
	}{
		{"", "express 2", true}, {"", "express 2", true}, {"", "express 3", true}, {"multisocket 3", "express 2", true}, {"multisocket 1", "express 2", true},
		{"multisocket 4", "express 1", true}, {"multisocket 2", "express 3", true}, {"", "express 1", true}, {"multisocket 3", "express 2", true},
		{"", "", false}, {"", "express 1", true}, {"log stdout {\nclass error\n}", "express 1", false}, {"", "express 2", true},
		{"", "express nonsense", true}, {"bind 127.0.0.1 127.0.0.2", "express 2", true}, {"", "express 2", true},
	} {
		p.step.Store(int64(i))
		err := s.reload(corefile(s.udp, c.around, c.option))
		if (err != nil) != strings.Contains(c.option, "nonsense") {
			t.Fatal(i, err)
		}
		if trouble := eventually(func() string {
			if (s.laneOf() >= 0) != c.lane {
				return fmt.Sprintf("%d: there is a lane: %t", i, !c.lane)
			}
			return ""
		}); trouble != "" {
			t.Fatal(trouble)
		}
		p.more(t)
		if before := s.laneOf(); c.lane {
			p.more(t)
			if s.laneOf() <= before {
				t.Errorf("%d: the lane answers nothing", i)
			}
		}
	}
	p.endWhole(t)
	running.mu.Lock()
	defer running.mu.Unlock()
	for addr, l := range running.lanes {
		if strings.HasSuffix(addr, ":"+port(s.udp)) && (len(l.before) > 0 || l.moved) {
			t.Errorf("%s: of instances that are over there is still %d", addr, len(l.before))
		}
	}
}

// When the server ends the lane does, too: it answers as long as the lame duck does. From then on nothing is taken, and what was taken is
// answered.
func TestEndExpress(t *testing.T) {
	captureLog(t)
	s := startIn(t, ". {\nbind 127.0.0.1\nhealth 127.0.0.1:0 {\nlameduck 1ms\n}\nlinger\nkubenames cluster.local {\nmanifests cluster.yaml\nexpress 2\n}\nwhoami\n}")
	s.boards(t)
	p := press(t, s.udp)
	defer p.end()
	p.more(t)
	ended, over := s.linger(t)
	before := s.laneOf()
	p.more(t)
	if after := s.laneOf(); after <= before {
		t.Errorf("in the lame duck's time the lane goes from %d to %d answers", before, after)
	}
	over()
	for _, err := range <-ended {
		t.Error(err)
	}
	if s.laneOf() >= 0 {
		t.Error("there is a lane")
	}
	if trouble := eventually(func() string {
		if p.refused.Load() < 4 {
			return "where nobody answers any more there still are sockets"
		}
		return ""
	}); trouble != "" {
		t.Error(trouble)
	}
	p.end()
	if n := p.lost.Load(); n > 0 {
		t.Errorf("%d questions were lost", n)
	}
	if left := eventually(func() string {
		if left := leftBehind(); strings.Contains(left, "plugin/express") {
			return left
		}
		return ""
	}); left != "" {
		t.Error(left)
	}
}
