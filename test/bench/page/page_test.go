package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// sample is a report with all sections. Samples are 100 for theirs, 50 for ours, and 150 where ours is worse.
func sample() *report.Report {
	r := &report.Report{Commit: "abcdef", Command: []string{"bench", "-rounds", "1"}, Versions: map[string]string{"knot": "knotd 3.2"}, Seconds: 600}
	add := func(section, cluster, name, unit string, ours float64) {
		for _, c := range contestant.Plans {
			v := 100.0
			if c.Plugin == "kubenames" {
				v = ours
			}
			r.Add(report.Key{Section: section, Cluster: cluster, Case: name, Contestant: c.Name}, unit, v)
		}
	}
	for _, cluster := range []string{"10 services", "20 services"} {
		for _, k := range load.Kinds {
			add(report.Queries, cluster, k.Name, "µs", 50)
		}
	}
	add(report.Changing, "20 services", load.Mix, "µs", 150)
	for _, name := range []string{measure.NoEndpoints, measure.PodsDisabled, measure.PodsVerified, measure.ManyPods, measure.ManyEndpoints} {
		add(report.Heap, "20 services", name, "MB", 50)
		add(report.Peak, "20 services", name, "MB", 75)
		r.Holdings = append(r.Holdings, report.Holding{Case: name, Services: 4321, Pods: 7})
	}
	for _, object := range []string{"service", "endpoint", "slice", "pod"} {
		add(report.PerObject, "20 services", object, "bytes", 1<<20)
	}
	for _, what := range []string{"heap", "peak RSS"} {
		r.Add(report.Key{Section: report.Idle, Case: what, Contestant: contestant.NothingChain}, "MB", 3.25)
	}
	for _, h := range measure.Happenings {
		add(report.Freshness, "10 services", h.Name, "ms", 150)
	}
	add(report.Cost, "20 services", measure.OneEndpoint+": CPU", "µs", 50)
	add(report.Overload, "flood", measure.Answered, "1/s", 150)
	add(report.Overload, "flood", measure.P50, "ms", 50)
	exit := report.Key{Section: report.Micro, Cluster: "kubenames/plugin/zone", Case: measure.Exit + "A", Contestant: measure.Time}
	r.Add(exit, "ns", 123)
	exit.Contestant = measure.Allocations
	r.Add(exit, "", 4)
	return r
}

func written(t *testing.T, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// All that was measured stands on the page, in its section.
func TestPageIsComplete(t *testing.T) {
	page := written(t, sample())
	for title, rows := range map[string][]string{
		"CPU of a query":                        names(),
		"CPU of a query while endpoints change": {"| mix | 150 | 1.50 [1.50-1.50] | 1.50 [1.50-1.50] |"},
		"Memory":                                {"| " + measure.ManyPods + " | 4321 | 0 | 0 | 7 |", "| " + measure.PodsVerified + " | 50.0 MB | 100 MB | 0.50 [0.50-0.50] |"},
		"Freshness":                             {"| endpoint changed | in-tree, stock | 100 | 100 | 100 | 1 |"},
		"Cost of a change":                      {"| one endpoint of the biggest service: CPU | 50.0 µs | 100 µs | 0.50 [0.50-0.50] |"},
		"Overload":                              {"| | kubenames, express | kubenames, stock | in-tree, stock |", "| answered | 150 1/s | 150 1/s | 100 1/s |"},
		"Sizing": {
			"| services | 1000 MB | 0.095 MB | *" + measure.NoEndpoints + "*",
			"heap = 3.25 MB + 1000 MB x (services / 1000) + 1000 MB x (endpoints / 1000)",
			"For the cluster of *pods verified* the formula says 4328 MB above idle; it is 50.0 MB.",
			"at the most 1.50 times", "| kubenames, kubeadm | 50.0 µs | 20000 |",
		},
		"Go benchmarks": {"| FindAppend/A | 123 ns | 4 |"},
		"Notes":         {"* times of the parts"},
	} {
		_, section, found := strings.Cut(page, "\n## "+title+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !found {
			t.Errorf("no section %q", title)
		}
		for _, row := range rows {
			if !strings.Contains(section, row) {
				t.Errorf("%s: no %q in\n%s", title, row, section)
			}
		}
	}
	for _, head := range []string{"| commit | `abcdef` |", "`bench -rounds 1`", "knotd 3.2", "took 10 minutes"} {
		if !strings.Contains(page, head) {
			t.Errorf("no %q", head)
		}
	}
}

// names is the beginning of a row for each kind of question.
func names() (rows []string) {
	for _, k := range load.Kinds {
		rows = append(rows, "| "+k.Name+" | 50.0 | 0.50 [0.50-0.50] | 0.50 [0.50-0.50] | 0.50 [0.50-0.50] | 0.50 [0.50-0.50] |")
	}
	return rows
}

// What is worse is on the page, and nothing else is: the cases of 150 by 100.
func TestPageTellsWhatIsWorse(t *testing.T) {
	_, section, _ := strings.Cut(written(t, sample()), "\n## What is not better\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var want []string
	for _, theirs := range []string{contestant.InTreeStock, contestant.InTreeKubeadm} {
		want = append(want, "| "+report.Changing+" | 20 services | mix | "+theirs+" | 1.50 [1.50-1.50] |")
		for _, h := range measure.Happenings {
			for _, q := range []string{"p50", "p99"} {
				want = append(want, fmt.Sprintf("| %s | 10 services | %s, %s | %s | 1.50 (150 and 100 ms) |", report.Freshness, h.Name, q, theirs))
			}
		}
		for _, object := range []string{"service", "endpoint", "slice", "pod"} {
			want = append(want, fmt.Sprintf("| %s | 20 services | %s | %s | 10486 [10486-10486] |", report.PerObject, object, theirs))
		}
	}
	var got []string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| what") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	r := &report.Report{}
	r.Add(report.Key{Section: report.Queries, Cluster: "c", Case: load.Mix, Contestant: contestant.KubenamesStock}, "µs", 1)
	r.Add(report.Key{Section: report.Queries, Cluster: "c", Case: load.Mix, Contestant: contestant.InTreeStock}, "µs", 2)
	if page := written(t, r); !strings.Contains(page, "Nothing that was measured: in every case") {
		t.Errorf("all is better, and the page does not say so:\n%s", page)
	}
}

// Each goal has its row, and one that is missed has the profile that says why.
func TestPageTellsOfGoals(t *testing.T) {
	r := sample()
	r.Judge([]report.Goal{
		{Text: "good", Section: report.Queries, Case: load.Mix, Ours: contestant.KubenamesKubeadm, Theirs: contestant.InTreeKubeadm, Limit: 0.5},
		{Text: "bad", Section: report.Changing, Case: load.Mix, Ours: contestant.KubenamesKubeadm, Theirs: contestant.InTreeKubeadm, Limit: 0.5},
		{Text: "unknown", Section: report.Real, Ours: "x", Theirs: "y", Limit: 0.5},
	})
	r.AddProfile(report.Profile{Goal: "good", In: r.Goals[0].In, Of: "cpu", Packages: []report.Share{{Name: "not/to/be/seen", Percent: 1}}})
	r.AddProfile(report.Profile{Goal: "bad", In: r.Goals[1].In, Contestant: "ours", Of: "cpu",
		Packages: []report.Share{{Name: "a/package", Percent: 12.5}}, Functions: []report.Share{{Name: "a/package.(*T).Method", Percent: 7.25}}})
	page := written(t, r)
	for _, want := range []string{
		"1 of 3 goals are met",
		"| good | 10 services, mix | 0.50 | 0.50 [0.50-0.50] | met |",
		"| bad | 20 services, mix | 0.50 | 1.50 [1.50-1.50] | **MISSED** |",
		"| unknown |  | 0.50 | - | **not measured** |",
		"bad (20 services, mix): CPU of ours:",
		`| a/package | 12.5 % | a/package.(\*T).Method | 7.2 % |`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "not/to/be/seen") {
		t.Error("the page has the profile of a goal that is met")
	}
}
