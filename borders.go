package kubenames

import (
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
)

// borders is zones as questions are held to them. Immutable.
type borders struct {
	fall []answer.Suffix // what falls through to the next plugin
	ours []answer.Suffix // what a cache leaves to us
}

// borders is made for the first question.
func (k *Kubenames) borders() *borders {
	k.once.Do(func() {
		ours, _ := k.zones()
		k.between = borders{suffixes(k.fall.Zones), suffixes(ours)}
	})
	return &k.between
}

// suffixes is the zones that are names: in others there is nothing.
func suffixes(zones []string) (all []answer.Suffix) {
	for _, z := range zones {
		if s, err := answer.NewSuffix(z); err == nil {
			all = append(all, s)
		}
	}
	return all
}

// in reports whether the question is in one of the zones.
func in(q *answer.Query, zones []answer.Suffix) bool {
	return slices.ContainsFunc(zones, func(s answer.Suffix) bool { return s.Ends(q) })
}
