package kubenames

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

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
	change   sync.Cond                         // of expected
}

var running = newFleet()

func newFleet() *fleet {
	f := &fleet{lanes: map[string]*lane{}, expected: map[string]map[caddy.Context]bool{}, alive: map[caddy.Context]int{}}
	f.change.L = &f.mu
	return f
}

// expect says that an instance will soon serve the listeners of the block.
func (f *fleet) expect(ctx caddy.Context, k *Kubenames) {
	all, _ := blocks(ctx) // as at the setup
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alive[ctx] == 0 {
		f.came++
		f.alive[ctx] = f.came
	}
	for _, c := range all {
		if c.Handler(name) != k || c.Transport != "dns" {
			continue
		}
		for _, l := range listeners(c) {
			if f.expected[l] == nil {
				f.expected[l] = map[caddy.Context]bool{}
			}
			f.expected[l][ctx] = true
		}
	}
}

// forget says that the instance that was expected did not start.
func (f *fleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.expected)
	maps.DeleteFunc(f.alive, func(ctx caddy.Context, _ int) bool { return over(ctx) })
	f.change.Broadcast()
}

// begin makes the lane of a listener that starts to serve, or makes the one that is there answer for it.
func (f *fleet) begin(ctx caddy.Context, s *dnsserver.Server, decorate dns.DecorateWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.change.Broadcast()
	delete(f.expected[s.Addr], ctx)
	l := f.lanes[s.Addr]
	if f.alive[ctx] == 0 || l != nil && f.alive[l.owner] >= f.alive[ctx] {
		return // it is over, or there is one after it; or it is one of several servers of a listener
	}
	all, err := blocks(ctx)
	if err != nil {
		log.Warningf("no express lane: %s", err)
		return
	}
	group := grouped(all, s.Addr)
	e, reasons := newEngine(s.Addr, group)
	for _, r := range reasons {
		log.Warningf("%s: %s", s.Addr, r)
	}
	if len(e.sites) == 0 {
		return // the instance before ends its lane
	}
	others, fresh := max(group[0].NumSockets, 1), l == nil
	sockets, limit := e.sockets()
	if fresh {
		if l, err = open(s.Addr, sockets, others); err != nil {
			log.Warningf("no express lane: %s", err)
			return
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
}

func open(server string, sockets, others int) (*lane, error) {
	addr := strings.TrimPrefix(server, "dns://")
	if strings.HasSuffix(addr, ":0") {
		return nil, fmt.Errorf("%s: want a port, not any", server)
	}
	beside.begin()
	l, err := express.Open(addr, sockets, others)
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

// handover is how long an instance that ends waits for the one after it to serve; that takes moments.
const handover = 2 * time.Second

// end ends the lanes of an instance, but for those that another has taken over; of these only what the instance still
// has to answer is waited for. Finally means that its servers end as well, which so far have not.
func (f *fleet) end(ctx caddy.Context, finally bool) {
	f.mu.Lock()
	delete(f.alive, ctx)
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
		l.Close(finally)
	}
	for _, l := range taken {
		f.leave(l, ctx)
	}
}

// await waits until no other instance is expected at the listener; mu is held.
func (f *fleet) await(addr string, ctx caddy.Context) {
	delete(f.expected[addr], ctx)
	late := time.AfterFunc(handover, func() {
		f.mu.Lock()
		clear(f.expected[addr])
		f.mu.Unlock()
		f.change.Broadcast()
	})
	defer late.Stop()
	for len(f.expected[addr]) > 0 {
		f.change.Wait()
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
// them.
func (f *fleet) settle() {
	f.mu.Lock()
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
