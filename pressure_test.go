package kubenames

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// pressure asks without a pause, from ever new ports, until it is told to end.
type pressure struct {
	answered atomic.Int64
	lost     atomic.Int64 // questions without an answer
	refused  atomic.Int64 // where there is no socket any more
	step     atomic.Int64 // of who reloads
	quit     chan struct{}
	once     sync.Once
	running  sync.WaitGroup
}

func press(t *testing.T, addr string) *pressure {
	p := &pressure{quit: make(chan struct{})}
	for range 4 {
		p.running.Go(func() {
			for {
				select {
				case <-p.quit:
					return
				default:
				}
				step := p.step.Load()
				err := p.some(addr)
				if errors.Is(err, syscall.ECONNREFUSED) {
					p.refused.Add(1)
					return // the kernel says so only so often
				} else if errors.Is(err, os.ErrDeadlineExceeded) {
					p.lost.Add(1)
					t.Logf("step %d, and %d now: %v", step, p.step.Load(), err)
				} else if err != nil {
					t.Errorf("step %d, and %d now: %v", step, p.step.Load(), err)
					return
				}
			}
		})
	}
	return p
}

func (p *pressure) end() {
	p.once.Do(func() { close(p.quit) })
	p.running.Wait()
}

// endWhole ends it, and wants every question answered.
func (p *pressure) endWhole(t *testing.T) {
	t.Helper()
	p.end()
	if lost, refused := p.lost.Load(), p.refused.Load(); lost+refused > 0 {
		t.Errorf("%d questions were lost, and %d refused", lost, refused)
	}
}

// some asks some questions by one port.
func (p *pressure) some(addr string) error {
	c, err := dns.Dial("udp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for i, name := range []string{"web.n.svc.cluster.local.", "nosuch.n.svc.cluster.local.", "www.example.org.", "cluster.local."} {
		m := new(dns.Msg).SetQuestion(name, dns.TypeSOA)
		_ = c.SetDeadline(time.Now().Add(patience)) // what is late is not lost
		if err := c.WriteMsg(m); err != nil {
			return err
		}
		r, err := c.ReadMsg()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if want := []int{dns.RcodeSuccess, dns.RcodeNameError, dns.RcodeSuccess, dns.RcodeSuccess}[i]; r.Rcode != want || r.Id != m.Id {
			return fmt.Errorf("%s: got %s, want %s", name, dns.RcodeToString[r.Rcode], dns.RcodeToString[want])
		}
		p.answered.Add(1)
	}
	return nil
}

// more waits until some more are answered.
func (p *pressure) more(t *testing.T) {
	t.Helper()
	want := p.answered.Load() + 200
	if trouble := eventually(func() string {
		if p.answered.Load() < want {
			return "nothing is answered any more"
		}
		return ""
	}); trouble != "" {
		t.Fatal(trouble)
	}
}
