package kubenames

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/coredns/coredns/plugin/transfer"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/zone"
)

// Transfer implements the transfer plugin's Transferer, for our zones and nothing below them. What is sent is the zone of
// one moment. Before the cluster is known there is an error, which the client sees as SERVFAIL.
func (k *Kubenames) Transfer(name string, serial uint32) (<-chan []dns.RR, error) {
	records, err := k.zone.Transfer(name, serial)
	switch {
	case errors.Is(err, zone.ErrElsewhere):
		return nil, transfer.ErrNotAuthoritative
	case err != nil:
		return nil, fmt.Errorf("transfer of %s: %w", name, err)
	}
	return k.transfers.send(records)
}

// stalled is how long a transfer waits for its client to take the next records; CoreDNS itself would wait for ever.
var stalled = time.Minute

// transfers is the transfers that are under way; the zero value is none. Any goroutine may use it.
type transfers struct {
	mu      sync.Mutex
	quit    chan struct{} // nil: there was no transfer yet
	ended   bool
	running sync.WaitGroup
}

// send sends the records until all are taken, or nobody takes them any more, or all ends. One that is cut off lacks the
// last SOA, so its client knows.
func (t *transfers) send(records iter.Seq[[]dns.RR]) (<-chan []dns.RR, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return nil, errors.New("transfer: the server stops")
	}
	if t.quit == nil {
		t.quit = make(chan struct{})
	}
	to, quit := make(chan []dns.RR), t.quit
	t.running.Go(func() {
		defer close(to)
		patience := time.NewTimer(stalled)
		defer patience.Stop()
		for rrs := range records {
			patience.Reset(stalled)
			select {
			case to <- rrs:
			case <-quit:
				return
			case <-patience.C:
				log.Warningf("transfer of %s cut off: its client has taken nothing for %s", rrs[0].Header().Name, stalled)
				return
			}
		}
	})
	return to, nil
}

// end ends all transfers, and waits for that.
func (t *transfers) end() {
	t.mu.Lock()
	t.ended = true
	if t.quit != nil {
		close(t.quit)
		t.quit = nil
	}
	t.mu.Unlock()
	t.running.Wait()
}
