package kube

import (
	"strings"
	"sync"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// sharedMost is how many values one generation of shared holds: more than a big cluster has namespaces, and names of
// ports.
const sharedMost = 1 << 12

// shared keeps one copy of values that many objects repeat, by texts that tell them apart. It forgets those that were not
// asked for during a generation, so that what comes and goes does not pile up. The zero value is ready; any goroutine may
// use it.
type shared[V any] struct {
	mu         sync.Mutex
	young, old map[string]V
}

// of is the value of the text. The first who asks for it makes it, of a copy that holds on to no buffer.
func (t *shared[V]) of(text string, first func(string) V) V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, ok := t.young[text]; ok {
		return kept
	}
	kept, ok := t.old[text]
	text = strings.Clone(text)
	if !ok {
		kept = first(text)
	}
	if t.young == nil || len(t.young) >= sharedMost {
		t.old, t.young = t.young, map[string]V{}
	}
	t.young[text] = kept
	return kept
}

// text is a string equal to s that holds on to no buffer s was cut from.
func (t *trimmer) text(s string) string {
	if s == "" {
		return ""
	}
	return t.strings.of(s, func(clone string) string { return clone })
}

// portsOf is the ports of an object, each by way of one.
func portsOf[P any](t *trimmer, from []P, one func(*P) cluster.Port) cluster.Ports {
	if len(from) == 0 {
		return cluster.Ports{}
	}
	list, text := make([]cluster.Port, len(from)), make([]byte, 0, 64)
	for i := range from {
		p := one(&from[i])
		list[i] = p
		text = append(text, p.Name...)
		text = append(text, '/')
		text = append(text, p.Protocol...)
		text = append(text, '/', byte(p.Number>>8), byte(p.Number))
	}
	return t.ports.of(string(text), func(string) cluster.Ports { return cluster.PortsOf(list...) })
}
