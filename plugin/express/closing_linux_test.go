package express

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// beside is one more socket of the server's, which nobody reads.
func (b *bench) beside() net.PacketConn {
	b.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
	}}
	p, err := config.ListenPacket(context.Background(), "udp", b.addr)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// A socket that the server closes only when the lane looks for those that it has closed keeps what it has queued, be it that the lane takes
// other places or ends.
func TestClosedLate(t *testing.T) {
	for name, change := range map[string]func(l *Lane) error{
		"reseat": func(l *Lane) error { return l.Reseat(2, 1) },
		"close":  func(l *Lane) error { l.Close(1); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "127.0.0.1", 1, 2)
			defer b.close()
			p, made := b.program('l', 100), make(chan bool, 100)
			answerer := p.New
			p.New = func() Answerer { made <- true; return answerer() }
			b.lane.Use(p)
			closed, late := b.beside(), b.beside()
			if err := b.lane.Reseat(2, 3); err != nil || b.lane.Others() != 3 {
				t.Fatal(b.lane.Others(), err)
			}
			const all = 60
			answered := b.odd(all)
			for len(made) > 0 {
				<-made
			}
			closed.Close()
			changed := make(chan error, 1)
			go func() { changed <- change(b.lane) }()
			select {
			case <-made: // the lane has looked, and takes over what is closed
			case <-time.After(patiently):
				t.Fatal("the lane takes over nothing")
			}
			late.Close()
			if err := <-changed; err != nil {
				t.Fatal(err)
			}
			if n := b.lane.Others(); n > 1 {
				t.Errorf("the server has %d sockets, want 1", n)
			}
			answered()
			if n := b.byOther.Load(); n == 0 || n == all {
				t.Errorf("the server has answered %d of %d", n, all)
			}
		})
	}
}

// A socket that the server does not close though it should does not keep the lane from its places for long.
func TestClosedNever(t *testing.T) {
	b := newBench(t, "127.0.0.1", 1, 2)
	defer b.close()
	b.lane.Use(b.program('l', 100))
	never := b.beside()
	defer never.Close()
	begun := time.Now()
	if err := b.lane.Reseat(2, 1); err != nil || b.lane.Others() != 2 {
		t.Fatal(b.lane.Others(), err)
	}
	if took := time.Since(begun); took > patiently {
		t.Errorf("other places took %s", took)
	}
	if got := ask(t, "", b.addr, question(1, "a.")); got[3] != 'l' {
		t.Errorf("answered by %q, want the lane", got[3])
	}
}

// odd asks for so much that is no question: it is for the server's sockets, each in its turn. What it returns waits for the answers.
func (b *bench) odd(all int) (answered func()) {
	b.Helper()
	c, err := net.Dial("udp", b.addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	packet := question(1, "server.")
	packet[4], packet[5] = 0, 0
	for range all {
		if _, err := c.Write(packet); err != nil {
			b.Fatal(err)
		}
	}
	return func() {
		b.Helper()
		_ = c.SetReadDeadline(time.Now().Add(patiently))
		for i := range all {
			if _, err := c.Read(make([]byte, 512)); err != nil {
				b.Fatalf("%d of %d are answered: %v", i, all, err)
			}
		}
	}
}
