package trial

import (
	"context"
	"sync"
)

// Pool tries seeds, a few at a time.
type Pool struct {
	Size  Size
	Width int // how many at a time

	mu     sync.Mutex
	report Report // of those that are over
	err    error
}

// Run tries the seeds, and begins none once the context is over. It tells what came of them, and why one could not be
// tried.
func (p *Pool) Run(ctx context.Context, first, n uint64) (*Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seeds := make(chan uint64)
	var all sync.WaitGroup
	for range p.Width {
		all.Go(func() {
			for seed := range seeds {
				if ctx.Err() != nil {
					continue
				}
				report, err := Run(ctx, seed, p.Size)
				p.mu.Lock()
				if err != nil && p.err == nil {
					p.err = err
					cancel()
				}
				if err == nil {
					p.report.Add(report)
					if p.Size.Stop && report.Unexplained > 0 {
						cancel()
					}
				}
				p.mu.Unlock()
			}
		})
	}
	for seed := first; seed < first+n && ctx.Err() == nil; seed++ {
		select {
		case seeds <- seed:
		case <-ctx.Done():
		}
	}
	close(seeds)
	all.Wait()
	return &p.report, p.err
}

// Progress is how much was tried so far.
func (p *Pool) Progress() (clusters, questions, unexplained int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.report.Clusters, p.report.Questions, p.report.Unexplained
}
