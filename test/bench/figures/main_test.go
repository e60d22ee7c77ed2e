package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// The page shows the charts that are drawn, and no chart of an earlier page is left.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	r := &report.Report{}
	for _, p := range contestant.Plans {
		for _, section := range []string{report.Queries, report.Heap, report.Peak, report.Freshness, report.Changing} {
			r.Add(report.Key{Section: section, Cluster: "c", Case: load.Mix, Contestant: p.Name}, "µs", 12)
		}
		r.Add(report.Key{Section: report.Queries, Cluster: "d", Case: load.Mix, Contestant: p.Name}, "µs", 12)
	}
	var data bytes.Buffer
	if err := r.WriteJSON(&data); err != nil {
		t.Fatal(err)
	}
	from, charts := filepath.Join(dir, "report.json"), filepath.Join(dir, "figures")
	if err := os.Mkdir(charts, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{from: data.Bytes(), filepath.Join(charts, "old.svg"): nil} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(from, dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "figures.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`\]\((figures/[a-z]+\.svg)\)`).FindAllSubmatch(page, -1)
	drawn, _ := filepath.Glob(filepath.Join(charts, "*"))
	const each = 7 // queries, kinds, growth, changing, heap, peak, freshness
	if len(shown) != each || len(drawn) != each {
		t.Errorf("got %d charts on the page, %q in the folder, want %d", len(shown), drawn, each)
	}
	for _, s := range shown {
		if svg, err := os.ReadFile(filepath.Join(dir, string(s[1]))); err != nil || !bytes.Contains(svg, []byte("<path")) {
			t.Errorf("%s: no chart: %v", s[1], err)
		}
	}
	if err := write(filepath.Join(dir, "none.json"), dir); err == nil {
		t.Error("a report that is not there: no error")
	}
}
