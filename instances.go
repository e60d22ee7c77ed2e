package kubenames

import (
	"net"
	"slices"
	"sync"

	"github.com/coredns/caddy"

	"github.com/kubenames/kubenames/plugin/zone"
)

// handlers is those that run now; it reports what they hold.
type handlers struct {
	mu  sync.Mutex
	all []*Kubenames // in the order of their starts
}

var instances = new(handlers)

func init() {
	caddy.RegisterEventHook(name, func(event caddy.EventName, of any) error {
		if event == caddy.InstanceStartupEvent { // a start or a reload is over: the servers have their sockets
			instances.listen(of.(*caddy.Instance))
			running.settle()
		}
		return nil
	})
}

func (h *handlers) add(k *Kubenames) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, k)
}

func (h *handlers) remove(k *Kubenames) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = slices.DeleteFunc(h.all, func(o *Kubenames) bool { return o == k })
}

// now is those that run.
func (h *handlers) now() []*Kubenames {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.all)
}

// before is the zones of the instance that a handler which starts takes the place of: of those at its port.
func (h *handlers) before(k *Kubenames) (all []*zone.Zone) {
	for _, o := range h.now() {
		if o.instance != k.instance && o.port == k.port {
			all = append(all, o.zone)
		}
	}
	return all
}

// listen notes that the servers of the instance have their sockets.
func (h *handlers) listen(of *caddy.Instance) {
	ctx := contextOf(of)
	for _, k := range h.now() {
		if k.instance == ctx {
			k.listens.Store(true)
		}
	}
}

// inherit notes that a handler which has started has the sockets of those that it takes the place of.
func (h *handlers) inherit(k *Kubenames) {
	if all := h.replaced(k); len(all) > 0 && all[0].listens.Load() {
		k.listens.Store(true)
	}
}

// ready reports whether those are ready that a handler will take the place of, if there are any.
func (h *handlers) ready(k *Kubenames) bool {
	all := h.replaced(k)
	return len(all) > 0 && !slices.ContainsFunc(all, func(o *Kubenames) bool { return !o.listens.Load() || !o.zone.Complete() })
}

// replaced is those that a handler which starts takes the place of: of the instance before it those at its port, and of these
// those of its zones, if there are any.
func (h *handlers) replaced(k *Kubenames) []*Kubenames {
	all := slices.DeleteFunc(h.now(), func(o *Kubenames) bool { return o.instance == k.instance || o.port != k.port })
	same := slices.DeleteFunc(slices.Clone(all), func(o *Kubenames) bool { return !slices.Equal(o.spec.Origins, k.spec.Origins) })
	if len(same) > 0 {
		return same
	}
	return all
}

// sweep stops the handlers of instances that are over, and were not told: caddy drops an instance whose start fails.
func (h *handlers) sweep() {
	for _, k := range h.now() {
		if over(k.instance) {
			k.stop()
		}
	}
}

// contextKey is where an instance of caddy keeps its context, by which it is known.
type contextKey struct{}

// over reports whether the instance of the context is none of those that start or run. It is for who starts one, or stops.
func over(ctx caddy.Context) bool {
	return !slices.ContainsFunc(caddy.Instances(), func(i *caddy.Instance) bool { return contextOf(i) == ctx })
}

// socketsAt is how many UDP sockets the servers that start or run have at an address. It is for who starts one, or stops.
func socketsAt(at net.Addr) (n int) {
	for _, i := range caddy.Instances() {
		for _, s := range i.Servers() {
			if a := s.LocalAddr(); a != nil && a.Network() == at.Network() && a.String() == at.String() {
				n++
			}
		}
	}
	return n
}

// contextOf is the context of an instance; nil if it has no handler.
func contextOf(i *caddy.Instance) any {
	i.StorageMu.RLock()
	defer i.StorageMu.RUnlock()
	return i.Storage[contextKey{}]
}
