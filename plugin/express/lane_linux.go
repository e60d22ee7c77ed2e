package express

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Lane is the sockets beside those of one listener. Any goroutine may use it.
type Lane struct {
	addr    string
	count   int // sockets that are wanted
	local   net.Addr
	program atomic.Pointer[Program]

	mu      sync.Mutex // of who changes the lane
	sockets []*socket
	past    Stats // of sockets that are gone
	trouble error // why the kernel does not steer; nil: it does

	seen sync.Mutex // guards sockets and past for who looks at them; taken after mu
}

// Open binds sockets beside those that a server has at the address, a number of them. Nothing is read before Use. What
// the kernel chooses them for meanwhile waits.
func Open(addr string, sockets, others int) (*Lane, error) {
	l := &Lane{addr: addr, count: max(sockets, 1)}
	if err := l.bind(others); err != nil {
		return nil, err
	}
	l.local = l.sockets[0].conn.LocalAddr()
	return l, nil
}

// bind opens the sockets, and makes the kernel choose them. Behind the others they have a known place.
func (l *Lane) bind(others int) error {
	var all []*socket
	for range l.count {
		s, err := open(l)
		if err != nil {
			for _, s := range all {
				s.conn.Close()
			}
			return fmt.Errorf("express %s: %w", l.addr, err)
		}
		all = append(all, s)
	}
	l.trouble = all[0].steer(others, l.count)
	l.seen.Lock()
	defer l.seen.Unlock()
	l.sockets = all
	return nil
}

// LocalAddr is the address, as that of the server's own socket.
func (l *Lane) LocalAddr() net.Addr { return l.local }

// Unsteered is why the kernel spreads what comes over all sockets, the server's own too; nil if it chooses the lane's.
func (l *Lane) Unsteered() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble
}

// Use makes the lane answer from another program, and returns the one before, which the lane does not use any more; nil
// at first.
func (l *Lane) Use(p *Program) *Program {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.program.Swap(p)
	for _, s := range l.sockets {
		s.change(p)
		s.start()
	}
	return before
}

// Reseat takes new sockets for the old ones: their number has changed, or that of the others, and with it the lane's
// places. If it fails, the lane has none, and the server answers.
func (l *Lane) Reseat(sockets, others int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leave()
	l.count = max(sockets, 1)
	if err := l.bind(others); err != nil {
		return err
	}
	for _, s := range l.sockets {
		s.change(l.program.Load())
		s.start()
	}
	return nil
}

// Close ends the lane: what comes is the server's, and all that has come to the lane is answered. It returns the last
// program, whose desk is the caller's to close.
func (l *Lane) Close() *Program {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leave()
	return l.program.Load()
}

// leave gives the sockets up: the kernel chooses them no more, they are read empty, and closed when all is answered.
func (l *Lane) leave() {
	if len(l.sockets) == 0 {
		return
	}
	l.sockets[0].unsteer()
	var reading sync.WaitGroup
	for _, s := range l.sockets {
		reading.Go(s.stop)
	}
	reading.Wait()
	if p := l.program.Load(); p != nil {
		p.Desk.idle()
	}
	l.seen.Lock()
	defer l.seen.Unlock()
	for _, s := range l.sockets {
		s.conn.Close()
		l.past.add(s.stats)
	}
	l.sockets = nil
}

// Each calls the function with the answerer of each socket, which answers nothing meanwhile.
func (l *Lane) Each(do func(Answerer)) {
	l.seen.Lock()
	defer l.seen.Unlock()
	for _, s := range l.sockets {
		s.mu.Lock()
		if s.answerer != nil {
			do(s.answerer)
		}
		s.mu.Unlock()
	}
}

// Stats is what the lane has done; what its desks dropped is theirs to say.
func (l *Lane) Stats() Stats {
	l.seen.Lock()
	defer l.seen.Unlock()
	all := l.past
	for _, s := range l.sockets {
		s.mu.Lock()
		all.add(s.stats)
		s.mu.Unlock()
	}
	return all
}
