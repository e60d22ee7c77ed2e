package kubenames

import (
	"github.com/kubenames/kubenames/plugin/answer"
)

// table is the zones of a listener. The zero value has none. Immutable once it is filled.
type table struct {
	sites  map[string]*site // by the zone on the wire, in lower case, without the root's byte; nil: the server's
	labels int              // most that a zone has
}

// put adds a zone. In one that is no name there is nothing.
func (t *table) put(zone string, s *site) {
	if t.sites == nil {
		t.sites = map[string]*site{}
	}
	suffix, err := answer.NewSuffix(zone)
	if err != nil {
		return
	}
	wire := suffix.Append(nil)
	t.sites[string(wire[:len(wire)-1])] = s
	t.labels = max(t.labels, suffix.Labels())
}

// of is the site of the longest zone that the question's name is in; nil if that is the server's.
func (t *table) of(q *answer.Query) *site {
	all := q.Labels()
	for i := max(0, all-t.labels); i <= all; i++ {
		if s, ok := t.sites[string(q.Wire(i, all))]; ok {
			return s
		}
	}
	return nil
}
