package express

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrSystem says that this system has no lanes; nil on Linux.
var ErrSystem error

// socket is one of a lane. Its goroutine reads and answers.
type socket struct {
	lane    *Lane
	conn    *net.UDPConn
	raw     syscall.RawConn
	file    int           // the descriptor
	family  int           // of the socket; one of IPv6 may serve IPv4 as well
	running chan struct{} // closed when the goroutine has ended; nil: it was never started

	mu       sync.Mutex // held for a batch
	answerer Answerer   // nil before the first program
	desk     *Desk
	stats    Stats

	gone  bool   // it is closed; guarded by the lane's seen
	batch *batch // the goroutine's
}

// open binds a socket that shares the address with those that are there already.
func open(l *Lane) (*socket, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = l.prepare(int(fd)) })
		return errors.Join(err, failed)
	}}
	return own(l, func() (net.PacketConn, error) { return config.ListenPacket(context.Background(), "udp", l.addr) })
}

// own is the lane's socket of a connection that it makes.
func own(l *Lane, listen func() (net.PacketConn, error)) (*socket, error) {
	files.mu.Lock()
	defer files.mu.Unlock()
	p, err := listen()
	if err != nil {
		return nil, err
	}
	s := &socket{lane: l, conn: p.(*net.UDPConn)} // of the network "udp"
	var failed error
	if s.raw, err = s.conn.SyscallConn(); err == nil {
		err = s.raw.Control(func(fd uintptr) {
			s.file = int(fd)
			s.family, failed = unix.GetsockoptInt(s.file, unix.SOL_SOCKET, unix.SO_DOMAIN)
		})
	}
	if err = errors.Join(err, os.NewSyscallError("getsockopt", failed)); err != nil {
		p.Close()
		return nil, err
	}
	files.ours[s.file] = true
	s.batch = newBatch(s.family)
	s.batch.bind(s)
	return s, nil
}

// close closes the socket; the lane's seen is held.
func (s *socket) close() {
	files.mu.Lock()
	defer files.mu.Unlock()
	delete(files.ours, s.file)
	s.conn.Close()
	s.gone = true
}

// prepare makes a socket share its address, and tell for each packet which address was asked, if that can be several.
func (l *Lane) prepare(fd int) error {
	family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if a, err := netip.ParseAddrPort(l.addr); err == nil && !a.Addr().IsUnspecified() {
		return nil
	}
	if family == unix.AF_INET6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	} else {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
	}
	return os.NewSyscallError("setsockopt", err)
}

// start starts the goroutine, once; there is a program.
func (s *socket) start() {
	if s.running != nil {
		return
	}
	s.running = make(chan struct{})
	go s.run()
}

// change makes the socket answer from the program; when it returns, no other is in use.
func (s *socket) change(p *Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answerer != nil {
		s.answerer.Retire()
	}
	s.answerer, s.desk = p.New(), p.Desk
}

// run reads and answers until the socket stops.
func (s *socket) run() {
	defer close(s.running)
	for {
		n, err := s.batch.read()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(time.Millisecond) // the kernel lacks memory; what else there is goes by as well
		case n > 0 && s.serve(n), n == most:
			runtime.Gosched() // in a flood nothing else lets the server answer before more is handed over, and others do their work
		}
	}
}

// stop ends the goroutine of a socket that the kernel chooses no more, and reads it empty. The socket can still send.
func (s *socket) stop() {
	if s.running != nil {
		_ = s.conn.SetReadDeadline(time.Unix(1, 0))
		<-s.running
		for {
			n := s.batch.poll()
			if n <= 0 {
				break
			}
			s.serve(n)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answerer != nil {
		s.answerer.Retire()
		s.answerer = nil
	}
}

// serve answers the n packets of the batch, or hands them over; it tells whether it handed over any.
func (s *socket) serve(n int) (handed bool) {
	came := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.batch(n)
	before := s.stats.Handed
	for i := 0; i < n; {
		i = s.answer(i, n)
	}
	s.flush()
	s.answerer.Sent(time.Since(came))
	return s.stats.Handed > before
}

// answer answers the packets from i on, and returns where to go on. A packet over which the answerer fails is for the server,
// which knows how to recover.
func (s *socket) answer(i, n int) (next int) {
	b := s.batch
	defer func() {
		if recover() != nil {
			b.out = b.out[:b.end()]
			s.hand(i)
			next = i + 1
		}
	}()
	for ; i < n; i++ {
		out, ok := s.answerer.Answer(b.out, b.packet(i), b.ipv6(i))
		if !ok {
			s.hand(i)
			continue
		}
		s.stats.Taken++
		if b.reply(i, out); len(b.out) > full {
			s.flush()
		}
	}
	return n
}

// hand gives packet i to the desk.
func (s *socket) hand(i int) {
	s.stats.Handed++
	peer := s.batch.peer(i)
	s.desk.put(&letter{
		packet: append([]byte(nil), s.batch.packet(i)...), from: s, peer: peer,
		oob: append([]byte(nil), s.batch.source(i)...), remote: net.UDPAddrFromAddrPort(peer),
	})
}

// send implements sender: by another socket of the lane if this one is closed.
func (s *socket) send(packet, oob []byte, to netip.AddrPort) error {
	l := s.lane
	l.seen.RLock()
	defer l.seen.RUnlock()
	by := s
	if s.gone && len(l.sockets) > 0 {
		by = l.sockets[0]
	}
	_, _, err := by.conn.WriteMsgUDPAddrPort(packet, oob, to)
	return err
}

// flush sends the replies of the batch.
func (s *socket) flush() { s.stats.Unsent += uint64(s.batch.send()) }
