package kube

import (
	"strings"
	"sync"
)

// sharedMost is how many strings one generation of shared holds: the namespaces, Services and port names of
// a big cluster.
const sharedMost = 1 << 14

// shared keeps one copy of strings that many objects repeat. It forgets those that were not asked for
// during a generation, so that names which come and go do not pile up. The zero value is ready; any
// goroutine may use it.
type shared struct {
	mu         sync.Mutex
	young, old map[string]string
}

// of is a string equal to s that holds on to no buffer s was cut from.
func (t *shared) of(s string) string {
	if s == "" {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, ok := t.young[s]; ok {
		return kept
	}
	kept, ok := t.old[s]
	if !ok {
		kept = strings.Clone(s)
	}
	if t.young == nil || len(t.young) >= sharedMost {
		t.old, t.young = t.young, map[string]string{}
	}
	t.young[kept] = kept
	return kept
}
