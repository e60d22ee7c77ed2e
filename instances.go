package kubenames

import (
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
	return !slices.ContainsFunc(caddy.Instances(), func(i *caddy.Instance) bool {
		i.StorageMu.RLock()
		defer i.StorageMu.RUnlock()
		return i.Storage[contextKey{}] == ctx
	})
}
