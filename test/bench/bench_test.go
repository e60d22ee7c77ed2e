package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// small is every measurement in miniature. Its figures mean nothing.
var small = []string{
	"-only", "queries,changing,memory,freshness,cost,micro", "-sample", "20ms", "-rounds", "1", "-changing-rounds", "1", "-sizes", "50,100", "-main", "100", "-big", "300",
	"-middle", "150", "-pods", "100", "-crowd", "200", "-endpoints", "10000", "-events", "4", "-held-events", "2", "-cached-events", "2", "-cost-rounds", "1",
	"-singles", "1", "-single", "100", "-created", "100", "-bench-time", "1ms", "-bench-count", "1", "-profile-all",
}

// measured runs the program in a folder, and reads its report.
func measured(t *testing.T, args []string, file string) (dir string, r *report.Report) {
	t.Helper()
	dir = t.TempDir()
	c, err := parse(append(args, "-out", dir), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(c, &out, t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	return dir, read(t, filepath.Join(dir, file))
}

// A run has samples of every contestant in every case, a verdict about every goal and a profile of its worst case, and charts.
func TestSmall(t *testing.T) {
	dir, r := measured(t, small, "report.json")
	for _, k := range wanted(r) {
		small := k.Section == report.PerObject && k.Case == "slice" // next to nothing, of a hundred
		if v := r.Find(k); len(v) == 0 || slices.Min(v) <= 0 && !small {
			t.Errorf("%v: got samples %v, want some that are greater than 0", k, v)
		}
	}
	for _, g := range r.Goals {
		if g.Missing {
			t.Errorf("goal %q: not measured", g.Goal)
		}
		if g.Key.Section == report.Freshness {
			continue // over before a profile of the CPU has seen anything
		}
		p, ok := r.ProfileOf(g)
		if _, err := os.Stat(filepath.Join(dir, p.File)); !ok || err != nil || len(p.Packages) == 0 || len(p.Functions) == 0 {
			t.Errorf("goal %q: no profile: %v, %v", g.Goal, p, err)
		}
	}
	charts(t, dir, len(r.Clusters(report.Queries))+len(r.Clusters(report.Changing))+4) // heap, peak, freshness, growth
}

// floods is the same, in a report of its own.
var floods = []string{
	"-only", overload, "-name", "overload", "-sample", "20ms", "-main", "100", "-big", "300", "-middle", "150", "-overload-time", "500ms", "-overload-brief", "500ms", "-profile-all",
}

// Under overload servers still answer, ours other zones too, and each goal has a verdict and a profile.
func TestOverload(t *testing.T) {
	dir, r := measured(t, floods, "overload.json")
	for _, k := range []string{load.Mix + ", 2 x the peak", load.Mix + ", 4 x the peak", load.Random + ", 4 x the peak"} {
		for _, who := range []string{contestant.KubenamesExpress, contestant.KubenamesStock, contestant.InTreeStock} {
			for name, turns := range map[string]int{
				measure.PeakRate: 3, measure.Asked: 3, measure.Answered: 3, measure.PeakCPU: 1, measure.AnswerCPU: 1, measure.P50: 1, measure.MostRSS: 1, measure.MostRoutines: 1,
			} {
				if v := r.Find(report.Key{Section: report.Overload, Cluster: k, Case: name, Contestant: who}); len(v) != turns || slices.Min(v) <= 0 {
					t.Errorf("%s: %s: %s: got %v, want %d that are greater than 0", k, who, name, v, turns)
				}
			}
			if v := r.Find(report.Key{Section: report.Overload, Cluster: k, Case: measure.Lost, Contestant: who}); len(v) != 3 {
				t.Errorf("%s: %s: lost: got %v %%, want one of each turn", k, who, v)
			}
		}
	}
	others := report.Key{Section: report.Overload, Cluster: load.Mix + ", 2 x the peak", Case: measure.OtherShare, Contestant: contestant.KubenamesExpress}
	if v := r.Find(others); len(v) != 1 || v[0] <= 0 {
		t.Errorf("another zone: %v %% answered", v)
	}
	for _, g := range r.Goals {
		if _, ok := r.ProfileOf(g); g.Missing || !ok {
			t.Errorf("goal %q: not measured, or no profile", g.Goal)
		}
	}
	if len(r.Goals) == 0 {
		t.Error("no goals")
	}
	charts(t, dir, 1)
}

func read(t *testing.T, path string) *report.Report {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &report.Report{}
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	if r.Machine.Cores < 2 || r.Commit == "" || len(r.Command) == 0 || r.Versions["github.com/coredns/coredns"] == "" || r.Seconds <= 0 {
		t.Errorf("the report does not say what made it: %+v %s %v %v", r.Machine, r.Commit, r.Command, r.Versions)
	}
	return r
}

// wanted is all series of the small run.
func wanted(r *report.Report) (all []report.Key) {
	watchers := []string{contestant.InTreeStock, contestant.InTreeKubeadm, contestant.KubenamesStock, contestant.KubenamesKubeadm}
	everyone := append([]string{contestant.Nothing, contestant.NothingChain}, watchers...)
	add := func(section, cluster, name string, who ...string) {
		for _, w := range who {
			all = append(all, report.Key{Section: section, Cluster: cluster, Case: name, Contestant: w})
		}
	}
	for _, k := range load.Kinds {
		add(report.Queries, "50 services", k.Name, everyone...)
		add(report.Queries, "100 services", k.Name, everyone...)
		add(report.Changing, "100 services", k.Name, watchers...)
		if r.Versions["knot"] != "" {
			add(report.Queries, "100 services", k.Name, contestant.Knot)
		}
	}
	both := []string{contestant.InTreeKubeadm, contestant.KubenamesKubeadm}
	for _, name := range []string{measure.NoEndpoints, measure.PodsDisabled, measure.PodsVerified, measure.ManyPods, measure.ManyEndpoints} {
		add(report.Heap, "100 services", name, both...)
		add(report.Peak, "100 services", name, both...)
	}
	for _, object := range []string{"service", "endpoint", "slice", "pod"} {
		add(report.PerObject, "100 services", object, both...)
	}
	for _, h := range measure.Happenings {
		add(report.Freshness, "50 services", h.Name, contestant.InTreeStock, contestant.InTreeKubeadm, contestant.KubenamesStock, contestant.KubenamesKubeadm)
	}
	add(report.Micro, "kubenames", "Floor/copy_512_bytes", measure.Time)
	add(report.Micro, "kubenames/plugin/kube", "Trim/slice_of_100", measure.Time, measure.Bytes, measure.Allocations)
	add(report.Micro, "kubenames/plugin/cluster", "Apply/service", measure.Time, measure.Bytes, measure.Allocations)
	add(report.Micro, "kubenames/plugin/zone", measure.Exit+"A", measure.Time)
	for _, name := range []string{measure.OneEndpoint, measure.Restart, "100 " + measure.Creation} {
		for _, what := range []string{"CPU", "allocated", "allocations", "until served"} {
			add(report.Cost, "100 services", name+": "+what, both...)
			if what != "until served" {
				add(report.Cost, "100 services", name+": "+what, contestant.NothingReads)
			}
		}
	}
	return all
}

// charts are at least so many files, and each is XML.
func charts(t *testing.T, dir string, n int) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.svg"))
	if len(files) < n {
		t.Errorf("got the charts %q, want %d", files, n)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var svg struct {
			XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		}
		if err := xml.Unmarshal(data, &svg); err != nil || !bytes.Contains(data, []byte("<path")) {
			t.Errorf("%s: no chart: %v", f, err)
		}
	}
}

// Flags that make no sense are an error, not a panic after ten minutes.
func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-only", "everything"}, {"-sizes", "1"}, {"-sizes", "many"}, {"-rounds", "0"}, {"-load-core", "0"}, {"-crowd", "10"}, {"-endpoints", "10"}, {"-single", "3"}, {"-overload-time", "0"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
	c, err := parse(nil, io.Discard)
	if err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	for _, g := range c.goals(&measure.Bench{Options: c.Options}) {
		if g.Section == report.Overload {
			t.Errorf("goal %q: nobody measures it", g.Text)
		}
	}
	if c, err = parse([]string{"-only", overload}, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, g := range c.goals(&measure.Bench{Options: c.Options}) {
		if g.Section != report.Overload {
			t.Errorf("goal %q: nobody measures it", g.Text)
		}
	}
}
