package report

import (
	"fmt"
	"slices"
)

// Goal is something to reach: ours divided by theirs is at most the limit. Immutable.
type Goal struct {
	Text         string
	Section      string
	Cluster      string  // "": each
	Case         string  // "": each
	Ours, Theirs string  // contestants; no Theirs: ours is an absolute figure
	TheirsCase   string  // "": the same
	TheirCluster string  // "": the same
	Quantile     float64 // compared in the place of pairs; 0: pairs
	Limit        float64
}

// Verdict is what became of a goal in one case. For goals of several cases it is the worst of them.
type Verdict struct {
	Goal     string
	In       string // cluster and case
	Limit    float64
	Measured Spread
	Met      bool // by the median
	Missing  bool // nothing was measured
}

// Result is the verdict in a word.
func (v Verdict) Result() string {
	switch {
	case v.Missing:
		return "not measured"
	case v.Met:
		return "met"
	}
	return "MISSED"
}

// Judge holds the report against goals.
func (r *Report) Judge(goals []Goal) {
	for _, g := range goals {
		r.Goals = append(r.Goals, r.judge(g))
	}
}

func (r *Report) judge(g Goal) Verdict {
	worst := Verdict{Goal: g.Text, Limit: g.Limit, Missing: true}
	for _, cluster := range oneOr(g.Cluster, r.Clusters(g.Section)) {
		for _, name := range oneOr(g.Case, r.Cases(g.Section)) {
			s, ok := r.compare(g, cluster, name)
			if ok && (worst.Missing || s.Median > worst.Measured.Median) {
				worst = Verdict{g.Text, fmt.Sprintf("%s, %s", cluster, name), g.Limit, s, s.Median <= g.Limit, false}
			}
		}
	}
	return worst
}

func (r *Report) compare(g Goal, cluster, name string) (Spread, bool) {
	ours := r.Find(Key{g.Section, cluster, name, g.Ours})
	if g.Theirs == "" {
		return Of(ours)
	}
	theirs := r.Find(Key{g.Section, either(g.TheirCluster, cluster), either(g.TheirsCase, name), g.Theirs})
	if g.Quantile == 0 || len(ours) == 0 || len(theirs) == 0 {
		return Ratio(ours, theirs)
	}
	q := func(v []float64) []float64 { return []float64{Quantile(slices.Sorted(slices.Values(v)), g.Quantile)} }
	return Ratio(q(ours), q(theirs))
}

func oneOr(one string, all []string) []string {
	if one != "" {
		return []string{one}
	}
	return all
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
