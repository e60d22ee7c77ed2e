package express

import (
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Lane is the sockets beside those of one listener. Any goroutine may use it.
type Lane struct {
	addr    string
	count   int // sockets that are wanted
	local   net.Addr
	program atomic.Pointer[Program]

	mu      sync.Mutex // of who changes the lane
	sockets []*socket
	others  map[string]*other // the server's sockets; none where they cannot be seen
	past    Stats             // of sockets that are gone
	trouble error             // why the kernel does not steer; nil: it does

	seen sync.RWMutex // guards sockets and past for who looks at them; taken after mu
}

// Open binds sockets beside those that a server has at the address, a number of them. Nothing is read before Use. What
// the kernel chooses them for meanwhile waits. What is held at the address is the lane's from now on; nil is nothing.
func Open(addr string, sockets, others int, held *Held) (*Lane, error) {
	l := &Lane{addr: addr, count: max(sockets, 1), others: map[string]*other{}}
	if held != nil {
		l.others = held.l.others
	}
	if err := l.bind(others); err != nil {
		return nil, err
	}
	l.local = l.sockets[0].conn.LocalAddr()
	return l, nil
}

// bind opens the sockets, and makes the kernel choose them. Behind the others, of which none leaves before the lane
// lets it, they have a known place.
func (l *Lane) bind(others int) error {
	l.look()
	if n := len(l.others); n > 0 {
		others = n
	}
	var all []*socket
	for range l.count {
		s, err := open(l)
		if err != nil {
			for _, s := range all {
				s.close()
			}
			l.release()
			return fmt.Errorf("express %s: %w", l.addr, err)
		}
		all = append(all, s)
	}
	l.trouble = all[0].steer(others, l.count)
	l.sockets = all
	return nil
}

// LocalAddr is the address, as that of the server's own socket.
func (l *Lane) LocalAddr() net.Addr { return l.local }

// Others is how many sockets the server had when the lane took its places, those of a server before it that were not closed yet with
// them; 0 if that cannot be seen.
func (l *Lane) Others() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.others)
}

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
	l.run(p)
	return before
}

func (l *Lane) run(p *Program) {
	for _, s := range l.sockets {
		s.change(p)
		s.start()
	}
}

// Reseat takes new sockets for the old ones: their number has changed, or that of the others, and with it the lane's
// places. Others is how many the server keeps; it is about to close those beyond. Meanwhile the server answers. If it
// fails, the lane has none, and the server goes on.
func (l *Lane) Reseat(sockets, others int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := l.leave(others, false)
	l.count = max(sockets, 1)
	l.seen.Lock()
	l.close(gone)
	err := l.bind(others)
	l.seen.Unlock() // now what was handed over by the old sockets is answered by the new ones
	if err != nil {
		return err
	}
	l.run(l.program.Load())
	return nil
}

// Close ends the lane, and the desk of its program: all that has come is answered. What comes from now on is the server's. Others is
// how many sockets it keeps; it is about to close those beyond.
func (l *Lane) Close(others int) { l.end(others, false) }

// End is Close where the server ends as well, and still reads: what comes from now on is nobody's any more, and neither lane nor server
// has anything queued then.
func (l *Lane) End() { l.end(math.MaxInt, true) }

func (l *Lane) end(others int, server bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := l.leave(others, server)
	if p := l.program.Load(); p != nil {
		p.Desk.Close()
	}
	l.seen.Lock()
	defer l.seen.Unlock()
	l.close(gone)
	l.release()
}

// leave makes the kernel choose the lane's sockets no more, nor those that only the lane holds, and reads them empty. They can still
// send. If the server ends, its sockets are not chosen either, and it has read them empty.
func (l *Lane) leave(others int, server bool) (gone []*socket) {
	gone = append(l.orphans(others), l.sockets...)
	if len(l.sockets) > 0 {
		l.sockets[0].unsteer()
	}
	for _, s := range gone {
		s.leave()
	}
	if server {
		for _, o := range l.others {
			o.leave(l.local)
		}
	}
	if len(gone) > 0 && !barrier() {
		time.Sleep(drain)
	}
	var reading sync.WaitGroup
	for _, s := range gone {
		reading.Go(s.stop)
	}
	reading.Wait()
	for deadline := time.Now().Add(patience); server && l.queued() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return gone
}

// close closes sockets that have left; seen is held.
func (l *Lane) close(gone []*socket) {
	for _, s := range gone {
		s.close()
		l.past.add(s.stats)
	}
	l.sockets = nil
}

// Each calls the function with the answerer of each socket, which answers nothing meanwhile.
func (l *Lane) Each(do func(Answerer)) {
	l.seen.RLock()
	defer l.seen.RUnlock()
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
	l.seen.RLock()
	defer l.seen.RUnlock()
	all := l.past
	for _, s := range l.sockets {
		s.mu.Lock()
		all.add(s.stats)
		s.mu.Unlock()
	}
	return all
}
