package kubenames

import (
	"net"
	"testing"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
)

// An instance that ends at once may begin to serve when it is over: it has no lane then, that nobody would end.
func TestBeginBehindTheEnd(t *testing.T) {
	s := startIn(t, ". {\nbind 127.0.0.1\nkubenames cluster.local {\nmanifests cluster.yaml\nexpress 1\n}\n}")
	s.boards(t)
	running.mu.Lock()
	ctx := running.lanes["dns://"+s.udp].owner
	running.mu.Unlock()
	for what, over := range map[string]func(f *fleet){
		"ended":    func(f *fleet) { f.end(ctx, true) },
		"reloaded": func(f *fleet) { f.end(ctx, false) },
	} {
		f := newFleet()
		f.expect(ctx, s.handlers[0])
		if f.alive[ctx] == 0 || len(f.expected) == 0 {
			t.Fatal("the instance is not expected")
		}
		over(f)
		f.begin(ctx, &dnsserver.Server{Addr: "dns://" + s.udp}, nil)
		if len(f.lanes) > 0 || len(f.alive) > 0 {
			t.Errorf("%s: %d lanes of %d instances, want none", what, len(f.lanes), len(f.alive))
		}
	}
}

// An instance that begins to serve after the one that takes over from it leaves the lane as it is.
func TestBeginBehindTheNext(t *testing.T) {
	s := startIn(t, ". {\nbind 127.0.0.1\nkubenames cluster.local {\nmanifests cluster.yaml\nexpress 1\n}\n}")
	s.boards(t)
	running.mu.Lock()
	ctx := running.lanes["dns://"+s.udp].owner
	running.mu.Unlock()
	f, next, addr := newFleet(), caddy.Context(nil), "dns://"+s.udp
	f.expect(ctx, s.handlers[0])
	f.came++
	f.alive[next] = f.came
	f.lanes[addr] = &lane{owner: next}
	f.begin(ctx, &dnsserver.Server{Addr: addr}, nil)
	if f.lanes[addr].owner != next {
		t.Error("the lane is that of the instance that is about to end")
	}
}

// A lane that ends is told how many sockets the server goes on with, be it at one address or at all.
func TestSocketsAt(t *testing.T) {
	for name, bind := range map[string]string{"one": "bind 127.0.0.1", "all": ""} {
		t.Run(name, func(t *testing.T) {
			block := func(around, option string) string {
				return " {\n" + bind + "\n" + around + "\nkubenames cluster.local {\nmanifests cluster.yaml\n" + option + "\n}\n}"
			}
			s := startIn(t, "."+block("multisocket 3", "express 2"))
			s.boards(t)
			l := running.now()[0]
			if n := socketsAt(l.LocalAddr()); n != 3 {
				t.Errorf("%s has %d sockets, want 3", l.LocalAddr(), n)
			}
			_, port, _ := net.SplitHostPort(s.udp)
			if err := s.reload(".:" + port + block("", "")); err != nil {
				t.Fatal(err)
			}
			if n := socketsAt(l.LocalAddr()); n != 1 {
				t.Errorf("%s has %d sockets after the reload, want 1", l.LocalAddr(), n)
			}
		})
	}
}
