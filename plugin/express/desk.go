package express

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Desk hands packets over to a server, as many at a time as its limit says. As many again wait; when one more comes, the
// oldest of them is dropped. Any goroutine may use it.
//
// For the DNS library it is a connection: what becomes of odd packets, of signatures and of errors is the same as on a
// listener of the library.
type Desk struct {
	local  net.Addr
	limit  int
	opened time.Time
	server *dns.Server
	ended  chan struct{}

	mu      sync.Mutex
	change  sync.Cond // something came, was done, or the end
	waiting []*letter // the oldest is at first
	first   int
	count   int
	flight  int // handed over, and not done
	closed  bool
	dropped uint64
}

// letter is a packet, and where its answer goes.
type letter struct {
	packet []byte
	from   sender
	peer   netip.AddrPort
	oob    []byte // sends from the address that was asked
	remote *net.UDPAddr
}

// sender is the socket that a packet came by.
type sender interface {
	send(packet, oob []byte, to netip.AddrPort) error
}

// Network implements net.Addr.
func (l *letter) Network() string { return "udp" }

// String implements net.Addr.
func (l *letter) String() string { return l.remote.String() }

// Settings is what a server wants of its desk.
type Settings struct {
	Local    net.Addr // the listener's
	Limit    int      // packets at a time
	Handler  dns.HandlerFunc
	Secrets  map[string]string  // of TSIG
	Decorate dns.DecorateWriter // nil: none
}

// NewDesk opens a desk; Close ends it.
func NewDesk(s Settings) *Desk {
	d := &Desk{local: s.Local, limit: max(s.Limit, 1), opened: time.Now(), ended: make(chan struct{})}
	d.change.L = &d.mu
	d.waiting = make([]*letter, d.limit)
	d.server = &dns.Server{
		PacketConn: feed{d}, Net: "udp", TsigSecret: s.Secrets, DecorateWriter: s.Decorate,
		Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
			defer d.done()
			s.Handler(writer{w}, r)
		}),
		MsgAcceptFunc: func(h dns.Header) dns.MsgAcceptAction {
			action := dns.DefaultMsgAcceptFunc(h)
			if action != dns.MsgAccept {
				d.done()
			}
			return action
		},
		MsgInvalidFunc: func([]byte, error) { d.done() },
	}
	started := make(chan struct{})
	d.server.NotifyStartedFunc = func() { close(started) }
	go func() {
		defer close(d.ended)
		_ = d.server.ActivateAndServe() // it ends by Close only
	}()
	<-started
	return d
}

// writer tells plugins of the client in the way that they know.
type writer struct{ dns.ResponseWriter }

// RemoteAddr implements dns.ResponseWriter.
func (w writer) RemoteAddr() net.Addr {
	if l, ok := w.ResponseWriter.RemoteAddr().(*letter); ok {
		return l.remote
	}
	return w.ResponseWriter.RemoteAddr()
}

// put takes a packet, of which it keeps a copy.
func (d *Desk) put(l *letter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		d.dropped++
		return
	}
	if d.count == len(d.waiting) {
		d.pop()
		d.dropped++
	}
	d.waiting[(d.first+d.count)%len(d.waiting)] = l
	d.count++
	d.change.Broadcast()
}

func (d *Desk) pop() *letter {
	l := d.waiting[d.first]
	d.waiting[d.first] = nil
	d.first = (d.first + 1) % len(d.waiting)
	d.count--
	return l
}

func (d *Desk) done() {
	d.mu.Lock()
	d.flight--
	d.mu.Unlock()
	d.change.Broadcast()
}

// idle waits until nothing waits and nothing is handed over, but not for longer than patience.
func (d *Desk) idle() {
	late := false
	t := time.AfterFunc(patience, func() {
		d.mu.Lock()
		late = true
		d.mu.Unlock()
		d.change.Broadcast()
	})
	defer t.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.count+d.flight > 0 && !late {
		d.change.Wait()
	}
}

// Close ends the desk when all is answered that it has taken, or after patience. No lane may use it any more.
func (d *Desk) Close() {
	d.idle()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = d.server.ShutdownContext(ctx)
	select {
	case <-d.ended:
	case <-ctx.Done(): // who is late is not waited for
	}
}

// Dropped is how many packets were dropped.
func (d *Desk) Dropped() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}
