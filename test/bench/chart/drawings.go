package chart

import (
	"slices"
	"strings"

	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// drawings is the charts of a report.
func drawings(r *report.Report) (all []drawing) {
	for _, section := range []string{report.Queries, report.Changing} {
		for _, cluster := range r.Clusters(section) {
			d := medians(r, section, cluster, r.Cases(section))
			d.title, d.unit, d.log = section+", "+cluster, "µs, logarithmic", true
			all = append(all, d)
		}
	}
	for _, section := range []string{report.Heap, report.Peak} {
		for _, cluster := range r.Clusters(section) {
			d := medians(r, section, cluster, r.Cases(section))
			d.title, d.unit = section+", "+cluster, "MB"
			all = append(all, d)
		}
	}
	if d := freshness(r); len(d.labels) > 0 {
		all = append(all, d)
	}
	if d := overload(r); len(d.labels) > 0 {
		all = append(all, d)
	}
	if d := growth(r); len(d.labels) > 1 {
		all = append(all, d)
	}
	return all
}

// medians has a group of bars for each case.
func medians(r *report.Report, section, cluster string, cases []string) drawing {
	return drawing{
		file: fileName(section, cluster), labels: cases, contestants: r.Contestants(section),
		value: func(contestant string, label int) (float64, bool) {
			s, ok := report.Of(r.Find(report.Key{Section: section, Cluster: cluster, Case: cases[label], Contestant: contestant}))
			return s.Median, ok
		},
	}
}

// growth has a group of bars for each cluster, of the first kind of questions: the mix.
func growth(r *report.Report) drawing {
	clusters, cases := r.Clusters(report.Queries), r.Cases(report.Queries)
	return drawing{
		file: fileName("growth", ""), title: report.Queries + ", by the size of the cluster", unit: "µs",
		labels: clusters, contestants: r.Contestants(report.Queries),
		value: func(contestant string, label int) (float64, bool) {
			s, ok := report.Of(r.Find(report.Key{Section: report.Queries, Cluster: clusters[label], Case: cases[0], Contestant: contestant}))
			return s.Median, ok
		},
	}
}

// freshness has a group of bars for each event: the 99th percentiles.
func freshness(r *report.Report) drawing {
	clusters, cases := r.Clusters(report.Freshness), r.Cases(report.Freshness)
	return drawing{
		file: fileName("freshness", ""), title: report.Freshness + ", p99", unit: "ms, logarithmic", log: true,
		labels: cases, contestants: r.Contestants(report.Freshness),
		value: func(contestant string, label int) (float64, bool) {
			v := r.Find(report.Key{Section: report.Freshness, Cluster: clusters[0], Case: cases[label], Contestant: contestant})
			if len(v) == 0 {
				return 0, false
			}
			return report.Quantile(slices.Sorted(slices.Values(v)), 0.99), true
		},
	}
}

// overload has two groups of bars for each load: what was answered before, and under it.
func overload(r *report.Report) drawing {
	d := drawing{
		file: fileName(report.Overload), title: "Answers a second, at the peak and under overload", unit: "1/s",
		contestants: r.Contestants(report.Overload),
	}
	var keys []report.Key
	for _, load := range r.Clusters(report.Overload) {
		for _, name := range []string{measure.PeakRate, measure.Answered} {
			keys = append(keys, report.Key{Section: report.Overload, Cluster: load, Case: name})
			d.labels = append(d.labels, load+": "+name)
		}
	}
	d.value = func(contestant string, label int) (float64, bool) {
		k := keys[label]
		k.Contestant = contestant
		s, ok := report.Of(r.Find(k))
		return s.Median, ok
	}
	return d
}

// fileName is made of words.
func fileName(words ...string) string {
	text := strings.Join(words, " ")
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == ':' }), "-") + ".svg"
}
