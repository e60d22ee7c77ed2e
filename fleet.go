package kubenames

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/express"
)

// lane is the express lane of a listener that runs.
type lane struct {
	*express.Lane
	server  string
	owner   caddy.Context // the instance that it answers for
	program *express.Program
	before  map[caddy.Context]*express.Program // of instances that are not over yet
	sockets int
	others  int    // sockets of the server
	moved   bool   // one of these numbers has changed
	dropped uint64 // by desks that are gone
}

// fleet is the lanes that run. Any goroutine may use it.
type fleet struct {
	mu       sync.Mutex
	lanes    map[string]*lane                  // by the listener
	expected map[string]map[caddy.Context]bool // instances that start and will serve the listener
	alive    map[caddy.Context]int             // instances that are not over, by when they came: a server may begin late, or after the end
	came     int                               // instances so far
	settled  int                               // of them, those whose start or reload is over
	held     map[string]*express.Held          // sockets of the instance before at listeners that are about to have a lane
	change   sync.Cond                         // of expected
}

var running = newFleet()

func newFleet() *fleet {
	f := &fleet{lanes: map[string]*lane{}, expected: map[string]map[caddy.Context]bool{}, alive: map[caddy.Context]int{}, held: map[string]*express.Held{}}
	f.change.L = &f.mu
	return f
}

// begin is of a listener that starts to serve.
func (f *fleet) begin(ctx caddy.Context, s *dnsserver.Server, decorate dns.DecorateWriter) {
	if late := f.serve(ctx, s, decorate); late {
		f.settle()
	}
}

// serve makes the lane of a listener, or makes the one that is there answer for it. It tells whether the start of the instance is over.
func (f *fleet) serve(ctx caddy.Context, s *dnsserver.Server, decorate dns.DecorateWriter) (late bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.change.Broadcast()
	defer f.release(s.Addr)
	delete(f.expected[s.Addr], ctx)
	l := f.lanes[s.Addr]
	if f.alive[ctx] == 0 || l != nil && f.alive[l.owner] >= f.alive[ctx] {
		return false // it is over, or there is one after it; or it is one of several servers of a listener
	}
	all, err := blocks(ctx)
	if err != nil {
		log.Warningf("no express lane: %s", err)
		return false
	}
	group := grouped(all, s.Addr)
	e, reasons := newEngine(s.Addr, group)
	for _, r := range reasons {
		log.Warningf("%s: %s", s.Addr, r)
	}
	if len(e.sites) == 0 {
		return false // the instance before ends its lane
	}
	others, fresh := max(group[0].NumSockets, 1), l == nil
	sockets, limit := e.sockets()
	if fresh {
		l, err = open(s.Addr, sockets, others, f.held[s.Addr])
		delete(f.held, s.Addr)
		if err != nil {
			log.Warningf("no express lane: %s", err)
			return false
		}
		f.lanes[s.Addr] = l
	}
	p := &express.Program{New: e.worker, Desk: express.NewDesk(express.Settings{
		Local: l.LocalAddr(), Limit: limit, Secrets: s.TsigSecret, Decorate: decorate,
		Handler: func(w dns.ResponseWriter, r *dns.Msg) {
			s.ServeDNS(context.WithValue(context.WithValue(context.Background(), dnsserver.Key{}, s), dnsserver.LoopKey{}, 0), w, r)
		},
	})}
	if before := l.Use(p); before != nil {
		l.before[l.owner] = before
	}
	l.owner, l.program = ctx, p
	l.moved = l.moved || l.others != others || l.sockets != sockets
	if seen := l.Others(); fresh && seen > 0 {
		l.moved = seen != others // some are of the instance before, which is about to end
	}
	l.others, l.sockets = others, sockets
	if err := l.Unsteered(); err != nil {
		log.Warningf("%s: the express lane shares what comes with the server's sockets: %s", s.Addr, err)
	}
	if fresh {
		log.Infof("%s: express lane for %s, %d sockets", s.Addr, e, sockets)
	}
	return f.alive[ctx] <= f.settled
}

// address is where a listener listens.
func address(server string) string { return strings.TrimPrefix(server, "dns://") }

func open(server string, sockets, others int, held *express.Held) (*lane, error) {
	addr := address(server)
	if strings.HasSuffix(addr, ":0") {
		return nil, fmt.Errorf("%s: want a port, not any", server)
	}
	beside.begin()
	l, err := express.Open(addr, sockets, others, held)
	if err != nil {
		return nil, err
	}
	return &lane{
		Lane: l, server: server, before: map[caddy.Context]*express.Program{}, sockets: sockets, others: others,
	}, nil
}

// grouped is those blocks that the listener serves.
func grouped(all []*dnsserver.Config, addr string) (group []*dnsserver.Config) {
	for _, c := range all {
		for _, l := range listeners(c) {
			if l == addr {
				group = append(group, c)
			}
		}
	}
	return group
}

// end ends the lanes of an instance, but for those that another has taken over; of these only what the instance still
// has to answer is waited for. Finally means that its servers end as well, which so far have not.
func (f *fleet) end(ctx caddy.Context, finally bool) {
	f.mu.Lock()
	delete(f.alive, ctx)
	for l := range f.held {
		if delete(f.expected[l], ctx); len(f.expected[l]) == 0 {
			f.release(l)
		}
	}
	var ended, taken []*lane
	for addr, l := range f.lanes {
		if l.owner == ctx {
			f.await(addr, ctx)
		}
		switch {
		case l.owner == ctx:
			delete(f.lanes, addr)
			ended = append(ended, l)
		case l.before[ctx] != nil:
			taken = append(taken, l)
		}
	}
	f.mu.Unlock()
	for _, l := range ended {
		for _, p := range l.before {
			p.Desk.Close()
		}
		if finally {
			l.End()
		} else {
			l.Close(socketsAt(l.LocalAddr()))
		}
	}
	for _, l := range taken {
		f.leave(l, ctx)
	}
}

// leave ends what an instance that is over has left in a lane.
func (f *fleet) leave(l *lane, ctx caddy.Context) {
	f.mu.Lock()
	desk := l.before[ctx].Desk
	f.mu.Unlock()
	desk.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	l.dropped += desk.Dropped()
	delete(l.before, ctx)
}

// settle gives lanes other places where the number of sockets has changed, once no instance that is over has a part in
// them; and again, if there still are sockets of one.
func (f *fleet) settle() {
	f.mu.Lock()
	f.settled = f.came
	for l := range f.held {
		if maps.DeleteFunc(f.expected[l], func(ctx caddy.Context, _ bool) bool { return over(ctx) }); len(f.expected[l]) == 0 {
			f.release(l) // who should have served there did not start
		}
	}
	moved := map[*lane][2]int{}
	for _, l := range f.lanes {
		if l.moved && len(l.before) == 0 {
			moved[l], l.moved = [2]int{l.sockets, l.others}, false
		}
	}
	f.mu.Unlock()
	for l, n := range moved {
		if err := l.Reseat(n[0], n[1]); err != nil {
			log.Warningf("the express lane has no sockets any more, and the server answers: %s", err)
		}
		if seen := l.Others(); seen > 0 && seen != n[1] {
			f.mu.Lock()
			l.moved = true
			f.mu.Unlock()
		}
	}
}

// report makes all lanes report what they have counted.
func (f *fleet) report() {
	for _, l := range f.now() {
		l.Each(func(a express.Answerer) { a.(*worker).report() })
	}
}

// now is the lanes that run.
func (f *fleet) now() (all []*lane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lanes {
		all = append(all, l)
	}
	return all
}
