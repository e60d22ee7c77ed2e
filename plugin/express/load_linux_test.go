package express

import (
	"encoding/binary"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load asks without a pause, by some clients, until it is told to end, and counts what is asked and what is answered.
type load struct {
	asked, answered atomic.Int64
	letters         sync.Map
	quit            chan struct{}
	running         sync.WaitGroup
}

func newLoad(t *testing.T, addr string, clients int) *load {
	l := &load{quit: make(chan struct{})}
	for range clients {
		l.running.Go(func() {
			for answer := make([]byte, 512); ; {
				c, err := net.Dial("udp", addr) // another port: another socket, where the kernel spreads
				if err != nil {
					t.Error(err)
					return
				}
				for range 20 {
					name := "a."
					if l.asked.Add(1)%4 == 0 {
						name = "server."
					}
					_ = c.SetDeadline(time.Now().Add(patiently))
					if _, err = c.Write(question(9, name)); err == nil {
						_, err = c.Read(answer)
					}
					if err != nil {
						t.Error(err)
						break
					}
					l.answered.Add(1)
					l.letters.Store(answer[3], true)
				}
				c.Close()
				select {
				case <-l.quit:
					return
				default:
				}
			}
		})
	}
	return l
}

// until waits until so many more are answered.
func (l *load) until(t *testing.T, more int64) {
	t.Helper()
	for end, deadline := l.answered.Load()+more, time.Now().Add(4*patiently); l.answered.Load() < end; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is answered any more")
		}
	}
}

func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.quit)
	l.running.Wait()
	if asked, answered := l.asked.Load(), l.answered.Load(); asked != answered {
		t.Errorf("asked %d, answered %d", asked, answered)
	}
}

// Under load the program changes, the lane takes other places, ends, and another begins: not one question is lost.
func TestNothingIsLost(t *testing.T) {
	for _, host := range []string{"127.0.0.1", ""} {
		b := newBench(t, host, 2, 2)
		b.lane.Use(b.program('0', 100))
		_, port, _ := net.SplitHostPort(b.addr)
		l := newLoad(t, net.JoinHostPort("127.0.0.1", port), 8)
		for i := byte('1'); i <= '9'; i++ {
			b.lane.Use(b.program(i, 100)).Desk.Close()
			l.until(t, 100)
			if _, ok := l.letters.Load(i); !ok {
				t.Errorf("program %c has answered nothing", i)
			}
		}
		if err := b.lane.Reseat(3, 2); err != nil {
			t.Fatal(err)
		}
		l.until(t, 100)
		for range 3 {
			b.close()
			l.until(t, 100)
			var err error
			if b.lane, err = Open(b.addr, 2, 2, nil); err != nil {
				t.Fatal(err)
			}
			b.lane.Use(b.program('z', 100))
			l.until(t, 100)
		}
		l.end(t)
		taken := b.lane.Stats()
		b.close()
		if taken.Taken == 0 || taken.Handed == 0 {
			t.Errorf("the last lane has done %+v", taken)
		}
		if n := b.byOther.Load(); n == 0 {
			t.Error("without the lane the server answered nothing")
		}
	}
}

// However much comes, only so much is handed over at a time; the oldest are dropped, and counted.
func TestFlood(t *testing.T) {
	b := newBench(t, "127.0.0.1", 1, 2)
	b.block = make(chan struct{})
	const limit = 16
	p := b.program('l', limit)
	b.lane.Use(p)
	c, err := net.Dial("udp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := runtime.NumGoroutine()
	const all = 3000
	for i := range all {
		if _, err := c.Write(question(uint16(i), "server.")); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patiently); b.lane.Stats().Handed < uint64(i+1); time.Sleep(10 * time.Microsecond) {
			if time.Now().After(deadline) {
				t.Fatal("nothing is read any more")
			}
		}
	}
	if n := runtime.NumGoroutine(); n > before+limit {
		t.Errorf("%d goroutines, want at most %d more than %d", n, limit, before)
	}
	if got := ask(t, "", b.addr, question(1, "a.")); got[3] != 'l' {
		t.Error("the lane itself does not answer in a flood")
	}
	if got, want := p.Desk.Dropped(), uint64(all-2*limit); got != want {
		t.Errorf("%d dropped, want %d", got, want)
	}
	close(b.block)
	_ = c.SetReadDeadline(time.Now().Add(patiently))
	last := false
	for range 2 * limit {
		answer := make([]byte, 512)
		if _, err := c.Read(answer); err != nil {
			t.Fatal(err)
		}
		last = last || binary.BigEndian.Uint16(answer) == all-1
	}
	if !last {
		t.Error("the last that came has no answer: it was not the oldest")
	}
	if n := b.highest.Load(); n > limit {
		t.Errorf("%d handed over at a time, want at most %d", n, limit)
	}
	b.close()
}
