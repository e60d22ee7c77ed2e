package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// goals is what there is to reach for the sections that are measured.
func (c *config) goals(b *measure.Bench) (all []report.Goal) {
	if !slices.Equal(c.sections, []string{overload}) {
		all = goals(b)
	}
	if slices.Contains(c.sections, overload) {
		all = append(all, overloadGoals()...)
	}
	return all
}

// goals is what there is to reach, see report.Goal.
func goals(b *measure.Bench) []report.Goal {
	const stock, kubeadm = contestant.KubenamesStock, contestant.KubenamesKubeadm
	const chain, lane = contestant.KubenamesChain, contestant.KubenamesExpress
	const theirStock, theirKubeadm = contestant.InTreeStock, contestant.InTreeKubeadm
	services := func(n int) string { return fmt.Sprintf("%d services", n) }
	least, most := services(b.Sizes[0]), services(b.Sizes[len(b.Sizes)-1])
	all := []report.Goal{
		{Text: "any question over UDP, against nothing in the same chain", Section: report.Queries, Some: over(false), Ours: chain, Theirs: contestant.NothingChain, Limit: 1.1},
		{Text: "any question over TCP, up to 64 KiB against one record", Section: report.Queries, Some: over(true), Ours: chain, Theirs: contestant.NothingChain, Limit: 1.1},
		{Text: "the mix, in the greatest cluster against the least, both against nothing", Section: report.Queries, Per: contestant.NothingChain,
			Cluster: most, TheirCluster: least, Case: load.Mix, Ours: chain, Theirs: chain, Limit: 1.1},
		{Text: "A of 5,000 over UDP, against A of one, both against nothing", Section: report.Queries, Per: contestant.NothingChain,
			Case: load.Big, TheirsCase: load.A, Ours: chain, Theirs: chain, Limit: 1.5},
		{Text: "the mix, against the stock Corefile", Section: report.Queries, Case: load.Mix, Ours: stock, Theirs: theirStock, Limit: 0.8},
		{Text: "the mix, against kubeadm's", Section: report.Queries, Cluster: services(b.Main), Case: load.Mix, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.5},
		{Text: "random NXDOMAIN, against the stock Corefile", Section: report.Queries, Case: load.Random, Ours: stock, Theirs: theirStock, Limit: 0.6},
		{Text: "SRV of 10, against the stock Corefile", Section: report.Queries, Case: load.SRV, Ours: stock, Theirs: theirStock, Limit: 0.6},
		{Text: "the mix in the express lane, against Knot", Section: report.Queries, Case: load.Mix, Ours: lane, Theirs: contestant.Knot, Limit: 1.2},
		{Text: "the mix in the express lane, against the stock Corefile", Section: report.Queries, Case: load.Mix, Ours: lane, Theirs: theirStock, Limit: 0.3},
	}
	for _, name := range []string{measure.PodsDisabled, measure.PodsVerified} {
		all = append(all,
			report.Goal{Text: "heap above idle, " + name, Section: report.Heap, Case: name, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.2},
			report.Goal{Text: "peak RSS above idle, " + name, Section: report.Peak, Case: name, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.25})
	}
	for _, h := range measure.Happenings {
		g := report.Goal{
			Text: "freshness, p99, against in-tree without cache", Section: report.Freshness, Case: h.Name,
			Ours: stock, Theirs: theirKubeadm, Quantile: 0.99, Limit: 1}
		if h.Hold > 0 {
			g.Text += fmt.Sprintf(" and the %s that it is held", h.Hold)
			g.Allow = float64(h.Hold.Milliseconds())
		}
		all = append(all, g)
	}
	all = append(all,
		report.Goal{Text: "a question read, found and answered in bytes, ns", Section: report.Micro, Some: exits, Ours: measure.Time, Limit: 200},
		report.Goal{Text: "the same, allocations", Section: report.Micro, Some: exits, Ours: measure.Allocations, Limit: 0})
	return append(all, report.Goal{
		Text: "one endpoint of the biggest service, µs of CPU until published", Section: report.Cost,
		Case: measure.Beyond(measure.OneEndpoint), Ours: kubeadm, Limit: 50})
}

// overloadGoals is those of a run of its own.
func overloadGoals() []report.Goal {
	const lane = contestant.KubenamesExpress
	return []report.Goal{
		{Text: "overload: the peak that is lost, %", Section: report.Overload, Case: measure.Lost, Ours: lane, Limit: 10},
		{Text: "overload: until answered, p50, ms", Section: report.Overload, Case: measure.P50, Ours: lane, Limit: 20},
		// A question of another zone comes by the same queue, which the kernel drops from: it is as lucky as any, but for chance.
		{Text: "overload: the share of another zone's questions that is answered, below ours, %", Section: report.Overload, Case: measure.OtherLost, Ours: lane, Limit: 20},
		{Text: "overload: growth of RSS after a sixth of the time, %", Section: report.Overload, Case: measure.GrowthRSS, Ours: lane, Limit: 10},
		{Text: "overload: more goroutines after a sixth of the time", Section: report.Overload, Case: measure.MoreRoutines, Ours: lane, Limit: 100},
	}
}

// over is the kinds that are asked over TCP, or over UDP.
func over(tcp bool) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(load.Kinds, func(k load.Kind) bool { return k.Name == name && k.TCP == tcp })
	}
}

// exits is the benchmarks that answer in bytes.
func exits(name string) bool {
	return strings.HasPrefix(name, measure.Exit) && !strings.HasSuffix(name, measure.Floor)
}
