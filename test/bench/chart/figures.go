package chart

import (
	"slices"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// Figure is a chart of the documentation. Its file is called the same in each run, whatever the size of the clusters.
type Figure struct{ File, Title, Section string }

// Figures is the charts of a report for the documentation.
func Figures(r *report.Report) (all []Figure) {
	for _, d := range figures(r) {
		all = append(all, Figure{d.file, d.title, d.section})
	}
	return all
}

// WriteFigures draws them into a folder.
func WriteFigures(r *report.Report, dir string) error { return save(figures(r), dir) }

// usual is the kinds of questions of the short chart.
var usual = []string{load.Mix, load.A, load.SRV, "A of 10", "PTR", "search-path NXDOMAIN", load.Random}

func figures(r *report.Report) (all []drawing) {
	add := func(file, section string, d drawing) {
		d.file, d.section = file, section
		if len(d.labels) > 0 {
			all = append(all, d)
		}
	}
	if main := MainCluster(r); main != "" {
		short := medians(r, report.Queries, main, slices.DeleteFunc(r.Cases(report.Queries), func(c string) bool { return !slices.Contains(usual, c) }))
		short.contestants = slices.DeleteFunc(short.contestants, func(c string) bool { return c == contestant.Nothing || c == contestant.KubenamesStock })
		short.title, short.unit = "CPU of a query, "+main, "µs"
		add("queries.svg", report.Queries, short)
		each := medians(r, report.Queries, main, r.Cases(report.Queries))
		each.title, each.unit, each.log = "CPU of each kind of query, "+main, "µs, logarithmic", true
		add("kinds.svg", report.Queries, each)
		add("growth.svg", report.Queries, growth(r))
	}
	for _, cluster := range r.Clusters(report.Changing) {
		d := medians(r, report.Changing, cluster, r.Cases(report.Changing))
		d.title, d.unit, d.log = "CPU of a query while endpoints change, "+cluster, "µs, logarithmic", true
		add("changing.svg", report.Changing, d)
	}
	memory := func(section, file string) {
		for _, cluster := range r.Clusters(section) {
			d := medians(r, section, cluster, r.Cases(section))
			d.title, d.unit = section+", "+cluster, "MB"
			add(file, section, d)
		}
	}
	memory(report.Heap, "heap.svg")
	memory(report.Peak, "peak.svg")
	add("freshness.svg", report.Freshness, freshness(r))
	add("overload.svg", report.Overload, overload(r))
	return all
}

// MainCluster is the one that is also measured otherwise; "" if none was asked.
func MainCluster(r *report.Report) string {
	asked := r.Clusters(report.Queries)
	for _, c := range append(r.Clusters(report.Changing), r.Clusters(report.Heap)...) {
		if slices.Contains(asked, c) {
			return c
		}
	}
	if len(asked) == 0 {
		return ""
	}
	return asked[len(asked)-1]
}
