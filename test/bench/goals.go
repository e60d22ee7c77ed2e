package main

import (
	"fmt"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// goals is what there is to reach, see report.Goal.
func goals(b *measure.Bench) []report.Goal {
	const stock, kubeadm = contestant.KubenamesStock, contestant.KubenamesKubeadm
	const theirStock, theirKubeadm = contestant.InTreeStock, contestant.InTreeKubeadm
	services := func(n int) string { return fmt.Sprintf("%d services", n) }
	least, most := services(b.Sizes[0]), services(b.Sizes[len(b.Sizes)-1])
	all := []report.Goal{
		{Text: "any question, against nothing in the chain", Section: report.Queries, Ours: kubeadm, Theirs: contestant.NothingChain, Limit: 1.1},
		{Text: "the mix, in the greatest cluster against the least", Section: report.Queries, Cluster: most, Case: load.Mix, Ours: kubeadm, Theirs: kubeadm, TheirCluster: least, Limit: 1.1},
		{Text: "A of 5,000 over UDP, against A of one", Section: report.Queries, Case: load.Big, TheirsCase: load.A, Ours: kubeadm, Theirs: kubeadm, Limit: 1.5},
		{Text: "the mix, against the stock Corefile", Section: report.Queries, Case: load.Mix, Ours: stock, Theirs: theirStock, Limit: 0.8},
		{Text: "the mix, against kubeadm's", Section: report.Queries, Cluster: services(b.Main), Case: load.Mix, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.5},
		{Text: "random NXDOMAIN, against the stock Corefile", Section: report.Queries, Case: load.Random, Ours: stock, Theirs: theirStock, Limit: 0.6},
		{Text: "SRV of 10, against the stock Corefile", Section: report.Queries, Case: load.SRV, Ours: stock, Theirs: theirStock, Limit: 0.6},
	}
	for _, name := range []string{measure.PodsDisabled, measure.PodsVerified} {
		all = append(all,
			report.Goal{Text: "heap above idle", Section: report.Heap, Case: name, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.2},
			report.Goal{Text: "peak RSS above idle", Section: report.Peak, Case: name, Ours: kubeadm, Theirs: theirKubeadm, Limit: 0.25})
	}
	for _, event := range measure.Events() {
		all = append(all, report.Goal{
			Text: "freshness, p99, against in-tree without cache", Section: report.Freshness, Case: event,
			Ours: stock, Theirs: theirKubeadm, Quantile: 0.99, Limit: 1})
	}
	return append(all, report.Goal{
		Text: "one endpoint of the biggest service, µs of CPU until published", Section: report.Cost,
		Case: measure.Beyond(measure.OneEndpoint), Ours: kubeadm, Limit: 50})
}
