package report

import (
	"fmt"
	"slices"
)

// Goal is something to reach: ours divided by theirs is at most the limit. Immutable.
type Goal struct {
	Text         string
	Section      string
	Cluster      string // "": each
	Case         string // "": each, or
	Some         func(name string) bool
	Ours, Theirs string  // contestants; no Theirs: ours is an absolute figure
	TheirsCase   string  // "": the same
	TheirCluster string  // "": the same
	Per          string  // a contestant by whose figures both are divided, because they are not of the same minute; "": none
	Allow        float64 // what is added to theirs
	Quantile     float64 // compared in the place of pairs; 0: pairs
	Limit        float64
}

// Verdict is what became of a goal. For goals of several cases it is the worst of them.
type Verdict struct {
	Goal     string
	In       string // cluster and case
	Key      Key    // ours
	Theirs   string // the contestant; "": an absolute figure
	Limit    float64
	Measured Spread
	Met      bool // by the median
	Missing  bool // nothing was measured
	Cases    int  // that were measured
	Misses   int  // of them
}

// Result is the verdict in a word.
func (v Verdict) Result() string {
	switch {
	case v.Missing:
		return "not measured"
	case v.Met:
		return "met"
	case v.Cases > 1:
		return fmt.Sprintf("MISSED in %d of %d", v.Misses, v.Cases)
	}
	return "MISSED"
}

// Judge holds the report against goals, in the place of earlier ones.
func (r *Report) Judge(goals []Goal) {
	r.Goals = nil
	for _, g := range goals {
		r.Goals = append(r.Goals, r.judge(g))
	}
}

// Verdicts is about the goals whose worst case so far is in a cluster of a section.
func (r *Report) Verdicts(goals []Goal, section, cluster string) (all []Verdict) {
	for _, g := range goals {
		if v := r.judge(g); !v.Missing && v.Key.Section == section && v.Key.Cluster == cluster {
			all = append(all, v)
		}
	}
	return all
}

func (r *Report) judge(g Goal) Verdict {
	worst := Verdict{Goal: g.Text, Limit: g.Limit, Theirs: g.Theirs, Missing: true}
	cases, misses := 0, 0
	for _, cluster := range oneOr(g.Cluster, r.Clusters(g.Section)) {
		for _, name := range oneOr(g.Case, g.cases(r)) {
			s, ok := r.compare(g, cluster, name)
			if !ok {
				continue
			}
			cases++
			if s.Median > g.Limit {
				misses++
			}
			if worst.Missing || s.Median > worst.Measured.Median {
				worst.In, worst.Key = fmt.Sprintf("%s, %s", cluster, name), Key{g.Section, cluster, name, g.Ours}
				worst.Measured, worst.Met, worst.Missing = s, s.Median <= g.Limit, false
			}
		}
	}
	worst.Cases, worst.Misses = cases, misses
	return worst
}

func (g Goal) cases(r *Report) []string {
	return slices.DeleteFunc(r.Cases(g.Section), func(name string) bool { return g.Some != nil && !g.Some(name) })
}

func (r *Report) compare(g Goal, cluster, name string) (Spread, bool) {
	ours := r.per(g.Per, Key{g.Section, cluster, name, g.Ours})
	if g.Theirs == "" {
		return Of(ours)
	}
	theirs := r.per(g.Per, Key{g.Section, either(g.TheirCluster, cluster), either(g.TheirsCase, name), g.Theirs})
	if len(ours) == 0 || len(theirs) == 0 {
		return Spread{}, false
	}
	if g.Quantile != 0 {
		ours, theirs = quantiles(ours, g.Quantile), quantiles(theirs, g.Quantile)
	}
	for i := range theirs {
		theirs[i] += g.Allow
	}
	return Ratio(ours, theirs)
}

// per is a copy of samples, divided pair by pair by those of another contestant, if one is named.
func (r *Report) per(contestant string, k Key) []float64 {
	values := slices.Clone(r.Find(k))
	if contestant == "" {
		return values
	}
	k.Contestant = contestant
	by := r.Find(k)
	values = values[:min(len(values), len(by))]
	for i := range values {
		values[i] /= by[i]
	}
	return values
}

// A quantile of fewer values than fewest is that of all. Of more it is taken part by part, so that one moment in which
// the machine stood still is in one part and not in all.
const (
	parts  = 5
	fewest = parts * 100
)

// quantiles is the quantile of each part of the values, in their order.
func quantiles(values []float64, q float64) (all []float64) {
	n := len(values)
	if n >= fewest {
		n = (n + parts - 1) / parts
	}
	for part := range slices.Chunk(values, n) {
		all = append(all, Quantile(slices.Sorted(slices.Values(part)), q))
	}
	return all
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
