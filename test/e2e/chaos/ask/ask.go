// Package ask asks one server thousands of questions a second, each once, and judges every answer by the record.
package ask

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// Limits of what is asked.
const (
	sockets  = 8
	patience = 2 * time.Second // then a question is lost
	tick     = 2 * time.Millisecond

	// Bound is how old what DNS says may be once the API has it, and once the API can be reached.
	Bound = time.Second
)

// Asker asks one server. Any goroutine may use it.
type Asker struct {
	address string
	record  *record.Record
	rate    atomic.Int64 // questions a second
	seen    sync.Map     // *record.Entry → *progress
	cuts    cuts
	tally   tally
	held    atomic.Bool
	end     context.CancelFunc
	done    sync.WaitGroup
	sockets []*socket
}

// progress is one question's, at this server.
type progress struct {
	mu   sync.Mutex
	seen record.Seen
}

// Start asks the server at address from now on, at that rate, until Stop.
func Start(r *record.Record, address string, rate int) (*Asker, error) {
	ctx, end := context.WithCancel(context.Background())
	a := &Asker{address: address, record: r, end: end}
	a.rate.Store(int64(rate))
	for range sockets {
		s, err := dial(address)
		if err != nil {
			a.Stop()
			return nil, err
		}
		a.sockets = append(a.sockets, s)
		a.done.Go(func() { a.hear(s) })
	}
	a.done.Go(func() { a.speak(ctx) })
	return a, nil
}

// Stop asks nothing more, and waits for what was asked.
func (a *Asker) Stop() {
	a.Hold()
	a.end()
	for _, s := range a.sockets {
		s.conn.Close()
	}
	a.done.Wait()
}

// Hold asks nothing until Resume, and returns when nothing waits for an answer any more.
func (a *Asker) Hold() {
	a.held.Store(true)
	until := time.Now().Add(patience + 200*time.Millisecond)
	for time.Now().Before(until) && a.waiting() {
		time.Sleep(tick)
	}
	a.sweep(time.Now())
}

// Resume asks again.
func (a *Asker) Resume() { a.held.Store(false) }

// Forget starts anew with a server that is another process now, which need not know what the one before knew.
func (a *Asker) Forget() { a.seen.Clear() }

// Cut says that from now on the server cannot hear the API.
func (a *Asker) Cut() { a.cuts.begin(time.Now()) }

// Heal says that from now on it can.
func (a *Asker) Heal() { a.cuts.end(time.Now()) }

// Allow makes this the bound, in the place of Bound.
func (a *Asker) Allow(bound time.Duration) { a.cuts.allow(bound) }

// Peek is Count, and leaves everything counted; its quantiles leave out as many answers, those that came first.
func (a *Asker) Peek(but int) Count { return a.tally.peek(but) }

// Count is what became of the questions since the last Count. None may be under way that matter: see Hold.
func (a *Asker) Count() Count { return a.tally.take() }

func (a *Asker) waiting() bool {
	for _, s := range a.sockets {
		if s.waits() {
			return true
		}
	}
	return false
}

// speak sends questions at an even pace, and gives up those that were not answered.
func (a *Asker) speak(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last, owed, turn := time.Now(), 0.0, 0
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			a.tally.stalled(now.Sub(last))
			owed += float64(a.rate.Load()) * min(now.Sub(last), 5*tick).Seconds()
			last = now
			a.sweep(now)
		}
		for ; owed >= 1; owed-- {
			if a.held.Load() {
				owed = 0
				break
			}
			if e := a.record.Pick(); e != nil {
				a.tally.asked.Add(1)
				a.sockets[turn%sockets].send(e)
				turn++
			}
		}
	}
}

func (a *Asker) sweep(now time.Time) {
	for _, s := range a.sockets {
		for _, p := range s.expired(now.Add(-patience)) {
			a.tally.lose(p)
		}
	}
}

// hear judges what a socket hears.
func (a *Asker) hear(s *socket) {
	for {
		p, reply, ok := s.receive()
		if !ok {
			return
		}
		if p == nil {
			continue
		}
		a.tally.took(reply.Received.Sub(reply.Sent))
		if reply.Answer == "SERVFAIL" {
			a.tally.fail(p)
			continue
		}
		known, _ := a.seen.LoadOrStore(p.entry, &progress{})
		progress := known.(*progress)
		progress.mu.Lock()
		verdict, age, why := p.entry.Judge(reply, &progress.seen, a.cuts.due)
		progress.mu.Unlock()
		a.tally.judge(p, reply.Answer, verdict, age, why)
	}
}
