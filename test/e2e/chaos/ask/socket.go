package ask

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
	"github.com/kubenames/kubenames/test/e2e/dig"
)

// socket is one source port. One goroutine sends, another receives.
type socket struct {
	conn *net.UDPConn

	mu   sync.Mutex
	last uint16
	open map[uint16]*pending
	line []*pending // in the order they were sent
}

// pending is a question that has been sent.
type pending struct {
	entry    *record.Entry
	id       uint16
	sent     time.Time
	answered bool
}

func dial(address string) (*socket, error) {
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialUDP("udp", nil, to)
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(4 << 20)
	return &socket{conn: conn, open: map[uint16]*pending{}}, nil
}

// send asks once. What the kernel does not take is as lost as what the server does not.
func (s *socket) send(e *record.Entry) {
	s.mu.Lock()
	s.last++
	p := &pending{entry: e, id: s.last}
	m := new(dns.Msg).SetQuestion(e.Name, e.Type).SetEdns0(4096, false)
	m.Id = p.id
	wire, err := m.Pack()
	if err != nil {
		panic(err) // the record holds names that were packed before
	}
	p.sent = time.Now()
	s.open[p.id] = p
	s.line = append(s.line, p)
	s.mu.Unlock()
	s.conn.Write(wire)
}

// receive waits for an answer to a question of ours; p is nil if this is none. It is not ok when the socket is closed.
func (s *socket) receive() (p *pending, r record.Reply, ok bool) {
	var buffer [65535]byte
	n, err := s.conn.Read(buffer[:])
	if err != nil {
		if errors.Is(err, net.ErrClosed) {
			return nil, r, false
		}
		time.Sleep(tick) // nobody listens there now
		return nil, r, true
	}
	now := time.Now()
	var m dns.Msg
	if err := m.Unpack(buffer[:n]); err != nil {
		m = dns.Msg{MsgHdr: dns.MsgHdr{Id: uint16(buffer[0])<<8 | uint16(buffer[1]), Rcode: dns.RcodeFormatError}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p = s.open[m.Id]
	if p == nil {
		return nil, r, true
	}
	delete(s.open, m.Id)
	p.answered = true
	return p, record.Reply{Answer: show(p.entry, &m), Sent: p.sent, Received: now}, true
}

// show is what a reply says, or what is wrong with its form.
func show(e *record.Entry, m *dns.Msg) string {
	switch {
	case m.Rcode == dns.RcodeFormatError:
		return "a broken message"
	case len(m.Question) != 1 || m.Question[0].Name != e.Name || m.Question[0].Qtype != e.Type:
		return "another question"
	case m.Truncated:
		return "TC"
	}
	return dig.Show(m)
}

func (s *socket) waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0
}

// expired takes away what was sent before then and has no answer.
func (s *socket) expired(then time.Time) (lost []*pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.line) > 0 && (s.line[0].answered || s.line[0].sent.Before(then)) {
		if p := s.line[0]; !p.answered {
			delete(s.open, p.id)
			lost = append(lost, p)
		}
		s.line = s.line[1:]
	}
	return lost
}
