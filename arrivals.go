package kubenames

import (
	"maps"
	"time"

	"github.com/coredns/caddy"

	"github.com/kubenames/kubenames/plugin/express"
)

// expect says that an instance will soon serve the listeners of the block. Where it makes a lane, the sockets of the instance before are
// held until then: that one may end sooner.
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
			if e, _ := newEngine(l, grouped(all, l)); len(e.sites) > 0 && f.lanes[l] == nil && f.held[l] == nil {
				f.held[l] = express.Hold(address(l))
			}
		}
	}
}

// forget says that the instance that was expected did not start.
func (f *fleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.expected)
	for l := range f.held {
		f.release(l)
	}
	maps.DeleteFunc(f.alive, func(ctx caddy.Context, _ int) bool { return over(ctx) })
	f.change.Broadcast()
}

// release lets go of what is held at a listener; mu is held.
func (f *fleet) release(listener string) {
	if h := f.held[listener]; h != nil {
		h.Release()
		delete(f.held, listener)
	}
}

// handover is how long an instance that ends waits for the one after it to serve; that takes moments.
const handover = 2 * time.Second

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
