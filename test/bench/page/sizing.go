package page

import (
	"fmt"
	"strings"

	"github.com/kubenames/kubenames/test/bench/chart"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// object is a row of the table that says what a thousand of a kind take.
type object struct{ Object, Ours, Theirs, Source string }

// sources is how measure gets the bytes of one object.
var sources = map[string]string{
	"service":  "*" + measure.NoEndpoints + "*, divided by its Services",
	"slice":    "*" + measure.PodsDisabled + "*, less *" + measure.NoEndpoints + "* and less the endpoints",
	"endpoint": "*" + measure.ManyEndpoints + "*, less *" + measure.PodsDisabled + "*",
	"pod":      "*" + measure.ManyPods + "*, less *" + measure.PodsVerified + "*",
}

// Objects is what there is to know of each kind.
func (p page) Objects() (all []object) {
	for _, name := range p.r.Cases(report.PerObject) {
		ours, ok := p.each(name, kubeadm)
		theirs, _ := p.each(name, inTreeKubeadm)
		if ok {
			all = append(all, object{name, thousand(ours), thousand(theirs), sources[name]})
		}
	}
	return all
}

func thousand(bytes float64) string { return report.Digits(bytes*1000/mega) + " MB" }

const mega = 1 << 20

func (p page) each(object, contestant string) (float64, bool) {
	for _, cluster := range p.r.Clusters(report.PerObject) {
		if s, ok := report.Of(p.r.Find(report.Key{Section: report.PerObject, Cluster: cluster, Case: object, Contestant: contestant})); ok {
			return s.Median, true
		}
	}
	return 0, false
}

// IdleHeap is what a server has without a cluster.
func (p page) IdleHeap() string { return p.idle("heap") + " MB" }

// IdlePeak is the most that was resident of it.
func (p page) IdlePeak() string { return p.idle("peak RSS") + " MB" }

func (p page) idle(what string) string {
	for _, s := range p.r.Ordered(report.Idle) {
		if s.Case == what {
			spread, _ := report.Of(s.Values)
			return report.Digits(spread.Median)
		}
	}
	return "?"
}

// Formula is the heap of a server.
func (p page) Formula() string {
	terms := []string{p.IdleHeap()}
	for _, o := range p.Objects() {
		terms = append(terms, fmt.Sprintf("%s x (%ss / 1000)", o.Ours, o.Object))
	}
	return strings.Join(terms, " + ")
}

// median of a case of the cluster for memory.
func (p page) median(section, name, who string) float64 {
	for _, cluster := range p.r.Clusters(section) {
		if s, ok := report.Of(p.r.Find(report.Key{Section: section, Cluster: cluster, Case: name, Contestant: who})); ok {
			return s.Median
		}
	}
	return 0
}

// Check compares the formula with a cluster from which not all of it was made: pods verified.
func (p page) Check() string {
	for _, h := range p.r.Holdings {
		measured := p.median(report.Heap, h.Case, kubeadm)
		if h.Case != measure.PodsVerified || measured == 0 {
			continue
		}
		formula := 0.0
		for object, n := range map[string]int{"service": h.Services, "slice": h.Slices, "endpoint": h.Endpoints, "pod": h.Pods} {
			bytes, _ := p.each(object, kubeadm)
			formula += bytes * float64(n) / mega
		}
		return fmt.Sprintf("For the cluster of *%s* the formula says %s MB above idle; it is %s MB.", h.Case, report.Digits(formula), report.Digits(measured))
	}
	return ""
}

// PeakFactor is what to multiply the heap with: the most of all cases.
func (p page) PeakFactor() string {
	most, in := 0.0, ""
	for _, name := range p.r.Cases(report.Heap) {
		heap, peak := p.median(report.Heap, name, kubeadm), p.median(report.Peak, name, kubeadm)
		if heap > 0 && peak/heap > most {
			most, in = peak/heap, name
		}
	}
	return fmt.Sprintf("at the most %s times the heap above idle (*%s*)", report.Digits(most), in)
}

// perCore is a row of the table of queries.
type perCore struct{ Name, CPU, Rate string }

// Cluster is the one whose queries a core is counted for.
func (p page) Cluster() string { return chart.MainCluster(p.r) }

// PerCore is how many queries a core answers in a second.
func (p page) PerCore() (all []perCore) {
	if len(p.r.Clusters(report.Queries)) == 0 {
		return nil
	}
	for _, plan := range contestant.Plans {
		s, ok := report.Of(p.r.Find(report.Key{Section: report.Queries, Cluster: p.Cluster(), Case: load.Mix, Contestant: plan.Name}))
		if ok {
			all = append(all, perCore{plan.Name, report.Digits(s.Median) + " µs", fmt.Sprintf("%.0f", 1e6/s.Median)})
		}
	}
	return all
}
