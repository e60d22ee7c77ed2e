package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/test/bench/chart"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// section is a part of the page: what is drawn, and what is written.
type section struct {
	Title, Intro string
	Charts       []chart.Figure
	Tables       []table
}

type table struct {
	Title   string // and what the rows are
	Columns []string
	Rows    []row
}

type row struct {
	Name  string
	Cells []string
}

// pair is a column: ours by theirs, or ours alone.
type pair struct{ title, ours, theirs string }

const (
	stock, kubeadm             = contestant.KubenamesStock, contestant.KubenamesKubeadm
	inTreeStock, inTreeKubeadm = contestant.InTreeStock, contestant.InTreeKubeadm
)

var queries = []pair{
	{"kubenames, kubeadm: µs", kubeadm, ""},
	{"by in-tree, stock", stock, inTreeStock},
	{"by in-tree, kubeadm", kubeadm, inTreeKubeadm},
	{"by nothing, chain", contestant.KubenamesChain, contestant.NothingChain},
	{"by Knot", kubeadm, contestant.Knot},
}

var memory = []pair{{"kubenames", kubeadm, ""}, {"in-tree", inTreeKubeadm, ""}, {"ratio", kubeadm, inTreeKubeadm}}

// parts is the sections, in the order of the page.
var parts = []struct {
	title, intro string
	sections     []string
	columns      []pair
}{
	{"CPU of a query", "Each kind of question alone, and the mix: 38 % A and AAAA of Services, 5 % SRV, 7 % headless Services, 8 % hostnames of pods, 42 % NXDOMAIN of search " +
		"paths. *Random NXDOMAIN* are names that nobody has asked for before. *kubenames* in the Corefile of the column's contestant is compared.",
		[]string{report.Queries}, queries},
	{"CPU of a query while endpoints change", "The same, while endpoints turn unready and come back with other addresses. To follow them is in the CPU, for all contestants.",
		[]string{report.Changing}, []pair{queries[0], queries[1], queries[2]}},
	{"From a real kube-apiserver", "Where the objects come from makes no difference to the cost of an answer: the same contestants, at the same time, that read the same cluster from etcd and kube-apiserver.",
		[]string{report.Real}, []pair{
			{"kubenames, kubeadm: µs", kubeadm, ""},
			{"kubenames: real by ours", measure.OnReal(kubeadm), kubeadm},
			{"in-tree: real by ours", measure.OnReal(inTreeKubeadm), inTreeKubeadm},
		}},
	{"Memory", "The heap after a garbage collection once the cluster is read, and the most that was resident until then; both above a server without a cluster.",
		[]string{report.Heap, report.Peak}, memory},
	{"Freshness", "From the moment that the API server acknowledges a write to the first right answer. *Removed* is what Kubernetes does: an endpoint turns unready before it leaves. " +
		"One that vanishes while it is ready may be on its way to another EndpointSlice: *kubenames* answers it for 100 ms longer, on purpose.",
		[]string{report.Freshness}, nil},
	{"Cost of a change", "CPU, bytes and objects that are allocated until a change is published, with the reading of the event, and how long it is from the last acknowledgement " +
		"until it is answered. *Beyond the reading* is without what a server takes that forgets what it reads.",
		[]string{report.Cost}, append(slices.Clone(memory), pair{"by nothing, reading", kubeadm, contestant.NothingReads})},
	{"Overload", "Each server is asked two and four times as much as it can answer, by clients that do not wait for each other. *Peak* is the most that it answers in a second, however it is asked: " +
		"what it has to be asked for that is found before, and asked again in turns with the flood, for half as long before each turn of it and behind. What is answered is right, and there before a client gives up. *Another zone* is a block of its own in the same Corefile, asked now and then: its questions come by " +
		"the same queue of the kernel, which drops from it what comes too soon, whoever asks.",
		[]string{report.Overload}, []pair{{contestant.KubenamesExpress, contestant.KubenamesExpress, ""}, {stock, stock, ""}, {inTreeStock, inTreeStock, ""}}},
	{"Go benchmarks", "Steps of our own, on one core: *FindAppend* reads a question, finds its name and writes the answer in bytes, and the *floor* beside it is a hash and two copies of as many bytes. " +
		"*Floor* is other steps of the same machine, *Trim* makes what is kept of objects of the API, and *Publish* takes changes until they are answered.",
		[]string{report.Micro}, []pair{{"time", measure.Time, ""}, {"bytes", measure.Bytes, ""}, {"allocations", measure.Allocations, ""}}},
}

// Sections is all that was measured.
func (p page) Sections() (all []section) {
	figures := chart.Figures(p.r)
	for _, part := range parts {
		s := section{Title: part.title, Intro: part.intro}
		if slices.Contains(part.sections, report.Heap) {
			s.Tables = append(s.Tables, p.holdings())
		}
		for _, name := range part.sections {
			for _, f := range figures {
				if f.Section == name {
					s.Charts = append(s.Charts, f)
				}
			}
			if name == report.Freshness {
				s.Tables = append(s.Tables, p.freshness())
				continue
			}
			for _, cluster := range p.r.Clusters(name) {
				s.Tables = append(s.Tables, p.table(name, cluster, part.columns))
			}
		}
		s.Tables = slices.DeleteFunc(s.Tables, func(t table) bool { return len(t.Rows) == 0 })
		if len(s.Tables) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// table has a row for each case.
func (p page) table(name, cluster string, columns []pair) table {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c pair) bool {
		all := p.r.Contestants(name)
		return !slices.Contains(all, c.ours) || c.theirs != "" && !slices.Contains(all, c.theirs)
	})
	t := table{Title: upper(name) + ", " + cluster + ":"}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.title)
	}
	for _, c := range p.r.Cases(name) {
		row, some := row{Name: cell(c)}, false
		for _, column := range columns {
			text := p.figure(report.Key{Section: name, Cluster: cluster, Case: c, Contestant: column.ours}, column.theirs)
			row.Cells, some = append(row.Cells, text), some || text != "-"
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// figure is a median, with its unit where the column does not name it; or a ratio.
func (p page) figure(k report.Key, theirs string) string {
	ours := p.r.Find(k)
	if theirs == "" {
		s, ok := report.Of(ours)
		if !ok {
			return "-"
		}
		if k.Section == report.Micro && k.Contestant != measure.Time { // whole ones
			return strings.TrimSpace(fmt.Sprintf("%.0f %s", s.Median, p.r.Unit(k)))
		}
		if unit := p.r.Unit(k); unit != "µs" || k.Section == report.Cost {
			return strings.TrimSpace(report.Digits(s.Median) + " " + unit)
		}
		return report.Digits(s.Median)
	}
	k.Contestant = theirs
	s, ok := report.Ratio(ours, p.r.Find(k))
	if !ok {
		return "-"
	}
	return s.String()
}

// freshness has a row for each case and contestant.
func (p page) freshness() table {
	t := table{Title: upper(report.Freshness) + ", in ms:", Columns: []string{"contestant", "p50", "p99", "maximum", "events"}}
	for _, s := range p.r.Ordered(report.Freshness) {
		v := slices.Sorted(slices.Values(s.Values))
		t.Rows = append(t.Rows, row{cell(s.Case), []string{s.Contestant,
			report.Digits(report.Quantile(v, 0.5)), report.Digits(report.Quantile(v, 0.99)), report.Digits(v[len(v)-1]), fmt.Sprint(len(v))}})
	}
	return t
}

// holdings is what the clusters have in them.
func (p page) holdings() table {
	t := table{Title: "The clusters:", Columns: []string{"Services", "EndpointSlices", "endpoints", "pods"}}
	for _, h := range p.r.Holdings {
		t.Rows = append(t.Rows, row{cell(h.Case), []string{fmt.Sprint(h.Services), fmt.Sprint(h.Slices), fmt.Sprint(h.Endpoints), fmt.Sprint(h.Pods)}})
	}
	return t
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
