package kubenames

import (
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// suffixes is values of zones. The zero value has none. Immutable once it is filled.
type table[T any] struct {
	values map[string]T // by the zone on the wire, in lower case, without the root's byte
	labels int          // most that a zone has
}

// put gives the zone a value.
func (t *table[T]) put(zone string, value T) {
	if t.values == nil {
		t.values = map[string]T{}
	}
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(strings.ToLower(dns.Fqdn(zone)), wire, 0, nil, false)
	if err != nil {
		return // no question is in it
	}
	t.values[string(wire[:n-1])] = value
	t.labels = max(t.labels, dns.CountLabel(zone))
}

// of is the value of the longest zone that the question's name is in.
func (t *table[T]) of(q *answer.Query) (value T, ok bool) {
	if len(t.values) == 0 {
		return value, false
	}
	all := q.Labels()
	for i := max(0, all-t.labels); i <= all; i++ {
		if value, ok = t.values[string(q.Wire(i, all))]; ok {
			break
		}
	}
	return value, ok
}

// newSuffixes is zones that only are.
func newSuffixes(zones []string) (t table[struct{}]) {
	for _, z := range zones {
		t.put(z, struct{}{})
	}
	return t
}
