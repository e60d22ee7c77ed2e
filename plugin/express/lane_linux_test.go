package express

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

// patiently is how long a test waits for what must come.
const patiently = 5 * time.Second

// echo answers names that start with an "a" with their packet, as an answer with the letter of the program in its id.
type echo struct {
	letter  byte
	retired *atomic.Int64
}

func (e echo) Answer(dst, packet []byte, _ bool) ([]byte, bool) {
	if len(packet) < 14 || packet[13] != 'a' {
		return dst, false
	}
	if packet[12] == 63 {
		panic("a name that breaks")
	}
	n := len(dst)
	dst = append(dst, packet...)
	dst[n+2] |= 0x80
	dst[n+3] = e.letter
	return dst, true
}
func (echo) Sent(time.Duration) {}
func (e echo) Retire()          { e.retired.Add(1) }

// bench is a server with a lane beside it.
type bench struct {
	*testing.T
	addr    string
	others  []net.PacketConn
	byOther atomic.Int64 // packets that the server's own sockets got
	lane    *Lane
	retired atomic.Int64
	block   chan struct{} // nil: the handler answers at once
	inside  atomic.Int64  // of the handler
	highest atomic.Int64
}

// newBench starts one at an address without a port.
func newBench(t *testing.T, host string, others, sockets int) *bench {
	t.Helper()
	b := &bench{T: t}
	port := 0
	for range others {
		config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		}}
		p, err := config.ListenPacket(context.Background(), "udp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err != nil {
			t.Fatal(err)
		}
		port = p.LocalAddr().(*net.UDPAddr).Port
		b.others = append(b.others, p)
		go b.serve(p)
	}
	b.addr = net.JoinHostPort(host, fmt.Sprint(port))
	var err error
	if b.lane, err = Open(b.addr, sockets, others, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.lane.Unsteered(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, p := range b.others {
			p.Close()
		}
	})
	return b
}

// serve answers like the server: the letter is 's'.
func (b *bench) serve(p net.PacketConn) {
	for packet := make([]byte, 512); ; {
		n, from, err := p.ReadFrom(packet)
		if err != nil {
			return
		}
		b.byOther.Add(1)
		if n > 3 {
			packet[2] |= 0x80
			packet[3] = 's'
		}
		_, _ = p.WriteTo(packet[:n], from)
	}
}

func (b *bench) program(letter byte, limit int) *Program {
	return &Program{
		New: func() Answerer { return echo{letter, &b.retired} },
		Desk: NewDesk(Settings{Local: b.lane.LocalAddr(), Limit: limit, Handler: func(w dns.ResponseWriter, r *dns.Msg) {
			if n := b.inside.Add(1); n > b.highest.Load() {
				b.highest.Store(n)
			}
			defer b.inside.Add(-1)
			if b.block != nil {
				<-b.block
			}
			m := new(dns.Msg).SetReply(r)
			m.Answer = []dns.RR{&dns.TXT{
				Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET},
				Txt: []string{w.RemoteAddr().String(), w.LocalAddr().String(), fmt.Sprintf("%T", w.RemoteAddr())},
			}}
			_ = w.WriteMsg(m)
		}}),
	}
}

func (b *bench) close() {
	b.Helper()
	b.lane.Close(len(b.others))
}

func question(id uint16, name string) []byte {
	m := new(dns.Msg).SetQuestion(name, dns.TypeA)
	m.Id = id
	packet, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packet
}

// ask asks at the address, and returns the answer.
func ask(t *testing.T, from, addr string, packet []byte) []byte {
	t.Helper()
	d := net.Dialer{Timeout: patiently}
	if from != "" {
		d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0))
	}
	c, err := d.Dial("udp", addr) // which takes answers from the address only
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patiently))
	if _, err := c.Write(packet); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 65535)
	n, err := c.Read(answer)
	if err != nil {
		t.Fatalf("%s asked at %s: %v", from, addr, err)
	}
	return answer[:n]
}

// Every question gets its answer, by the lane or by the server, and from the address that was asked.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		host  string
		asked []string
	}{
		{"127.0.0.1", []string{"127.0.0.1"}},
		{"0.0.0.0", []string{"127.0.0.1", "127.0.0.2", "127.9.9.9"}},
		{"::1", []string{"::1"}},
		{"", []string{"127.0.0.1", "127.0.0.2", "127.9.9.9", "::1"}},
	} {
		t.Run(c.host, func(t *testing.T) {
			b := newBench(t, c.host, 1, 2)
			defer b.close()
			b.lane.Use(b.program('l', 10))
			_, port, _ := net.SplitHostPort(b.addr)
			for _, host := range c.asked {
				addr := net.JoinHostPort(host, port)
				for range 10 {
					if got := ask(t, "", addr, question(1, "a.")); got[3] != 'l' {
						t.Fatalf("%s: answered by %q, want the lane", host, got[3])
					}
				}
				m := new(dns.Msg)
				if err := m.Unpack(ask(t, "", addr, question(2, "server."))); err != nil {
					t.Fatal(err)
				}
				txt := m.Answer[0].(*dns.TXT).Txt
				if local := b.others[0].LocalAddr().String(); txt[1] != local || txt[2] != "*net.UDPAddr" {
					t.Errorf("%s: got %q, want the address %s, and the client's", host, txt, local)
				}
				if got := netip.MustParseAddrPort(txt[0]).Addr().Unmap(); got.Is4() != strings.Contains(host, ".") || !got.IsLoopback() {
					t.Errorf("%s: the client is %s", host, txt[0])
				}
			}
			if n := b.byOther.Load(); n != 0 {
				t.Errorf("the server's own socket got %d packets, want none", n)
			}
		})
	}
}

// What is no plain question goes to the server's own socket, and what breaks the answerer to the server.
func TestSteering(t *testing.T) {
	b := newBench(t, "127.0.0.1", 3, 2)
	defer b.close()
	b.lane.Use(b.program('l', 10))
	odd := question(1, "a.")
	odd[2] |= 0x28 // UPDATE
	for i, packet := range [][]byte{odd, {1, 2, 0, 0}, append(question(1, "a.")[:5], 2, 0, 0, 0, 0, 0, 0)} {
		ask(t, "", b.addr, packet)
		if n := b.byOther.Load(); n != int64(i+1) {
			t.Errorf("packet %d: the server's sockets have got %d, want %d", i, n, i+1)
		}
	}
	broken := question(7, "a"+strings.Repeat("b", 62)+".")
	m := new(dns.Msg)
	if err := m.Unpack(ask(t, "", b.addr, broken)); err != nil || m.Id != 7 || len(m.Answer) != 1 {
		t.Errorf("a question that breaks the answerer: got %v %v", m, err)
	}
}

// A reader of the server's that has met its socket while that blocked, as CoreDNS makes it do for a moment at each reload, comes back though
// nothing comes: the server can close the socket.
func TestStuckReader(t *testing.T) {
	b := newBench(t, "127.0.0.1", 1, 1)
	defer b.close()
	b.lane.Use(b.program('l', 10))
	raw, err := b.others[0].(*net.UDPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { err = syscall.SetNonblock(int(fd), false) }); err != nil {
		t.Fatal(err)
	}
	odd := question(1, "a.")
	odd[2] |= 0x28             // UPDATE
	ask(t, "", b.addr, odd)    // the reader begins to read once more
	closed := make(chan error) // while it reads
	go func() { closed <- b.others[0].Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patiently):
		t.Error("the socket cannot be closed")
	}
}

// A machine that stands still for some seconds does not end a desk: the library's deadline is over then.
func TestLateDesk(t *testing.T) {
	b := newBench(t, "127.0.0.1", 1, 1)
	defer b.close()
	p := b.program('l', 10)
	b.lane.Use(p)
	if err := (feed{p.Desk}).SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	ask(t, "", b.addr, question(1, "server."))
}

// What a socket has queued when the server closes it is answered nevertheless.
func TestClosedOthers(t *testing.T) {
	b := newBench(t, "127.0.0.1", 1, 2)
	defer b.close()
	b.lane.Use(b.program('l', 100))
	more := b.beside()
	if err := b.lane.Reseat(2, 2); err != nil || b.lane.Others() != 2 {
		t.Fatal(b.lane.Others(), err)
	}
	const all = 40
	answered := b.odd(all)
	more.Close()
	if err := b.lane.Reseat(2, 1); err != nil || b.lane.Others() != 1 {
		t.Fatal(b.lane.Others(), err)
	}
	answered()
	if n := b.byOther.Load(); n == 0 || n == all {
		t.Errorf("the server has answered %d of %d", n, all)
	}
}

// An answered question costs no memory.
func TestAllocations(t *testing.T) {
	b := newBench(t, "", 1, 1)
	b.lane.Use(b.program('l', 10))
	_, port, _ := net.SplitHostPort(b.addr)
	c, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	packet, answer := question(1, "a."), make([]byte, 512)
	once := func() {
		for range 20 {
			if _, err := c.Write(packet); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			if _, err := c.Read(answer); err != nil {
				t.Fatal(err)
			}
		}
	}
	once()
	if n := testing.AllocsPerRun(50, once); n > 1 {
		t.Errorf("20 questions: %v allocations, want none", n)
	}
	b.close()
}

// Batches count by their size.
func TestBatchSizes(t *testing.T) {
	var s Stats
	for _, n := range []int{1, 2, 3, 32, 33, 64} {
		s.batch(n)
	}
	if want := [len(Sizes) + 1]uint64{1, 1, 1, 0, 0, 1, 2}; s.Batches != want {
		t.Errorf("got %v, want %v", s.Batches, want)
	}
}
