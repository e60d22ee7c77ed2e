package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kubenames/kubenames/test/bench/report"
)

// worse is a case in which ours takes more than theirs.
type worse struct {
	Section, Cluster, Case, Theirs, Ratio string

	median float64
}

// rivals is who is compared: the same Corefile, with the cache and without.
var rivals = []struct{ ours, theirs string }{{stock, inTreeStock}, {kubeadm, inTreeKubeadm}}

// lessIsBetter is the units of overload that can be compared so: of the others more is better, or they may be less than nothing.
var lessIsBetter = []string{"ms", "MB"}

// Worse is every case in which ours takes more, from the worst on.
func (p page) Worse() (all []worse) {
	for _, section := range p.r.Sections() {
		if section == report.Rate || section == report.RateChanging { // more is better, and the load generator takes part
			continue
		}
		for _, cluster := range p.r.Clusters(section) {
			for _, name := range p.r.Cases(section) {
				for _, rival := range rivals {
					if section == report.Overload && !slices.Contains(lessIsBetter, p.r.Unit(report.Key{Section: section, Cluster: cluster, Case: name, Contestant: rival.ours})) {
						continue
					}
					ours := p.r.Find(report.Key{Section: section, Cluster: cluster, Case: name, Contestant: rival.ours})
					theirs := p.r.Find(report.Key{Section: section, Cluster: cluster, Case: name, Contestant: rival.theirs})
					all = append(all, p.worse(worse{Section: section, Cluster: cluster, Case: cell(name), Theirs: rival.theirs}, ours, theirs)...)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b worse) int { return cmp.Compare(b.median, a.median) })
	return all
}

// worse fills in the ratio, if it is above one. Events are no pairs: their quantiles are compared.
func (p page) worse(w worse, ours, theirs []float64) (all []worse) {
	if len(ours) == 0 || len(theirs) == 0 {
		return nil
	}
	if w.Section != report.Freshness {
		if s, ok := report.Ratio(ours, theirs); ok && s.Median > 1 {
			w.median, w.Ratio = s.Median, s.String()
			all = append(all, w)
		}
		return all
	}
	ours, theirs = slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(theirs))
	for _, q := range []float64{0.5, 0.99} {
		a, b := report.Quantile(ours, q), report.Quantile(theirs, q)
		if a > b {
			w := w
			w.Case += fmt.Sprintf(", p%.0f", 100*q)
			w.median, w.Ratio = a/b, fmt.Sprintf("%s (%s and %s ms)", report.Digits(a/b), report.Digits(a), report.Digits(b))
			all = append(all, w)
		}
	}
	return all
}
