package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// The page shows the charts that are drawn, those of overload too, and no chart of an earlier page is left.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	r := &report.Report{}
	for _, p := range contestant.Plans {
		for _, section := range []string{report.Queries, report.Heap, report.Peak, report.Freshness, report.Changing} {
			r.Add(report.Key{Section: section, Cluster: "c", Case: load.Mix, Contestant: p.Name}, "µs", 12)
		}
		r.Add(report.Key{Section: report.Queries, Cluster: "d", Case: load.Mix, Contestant: p.Name}, "µs", 12)
	}
	flooded := &report.Report{Command: []string{"bench", "-only", "overload"}}
	flooded.Add(report.Key{Section: report.Overload, Cluster: "flood", Case: measure.Answered, Contestant: contestant.KubenamesExpress}, "1/s", 12345)
	var data, other bytes.Buffer
	if err := errors.Join(r.WriteJSON(&data), flooded.WriteJSON(&other)); err != nil {
		t.Fatal(err)
	}
	from, charts := filepath.Join(dir, "report.json"), filepath.Join(dir, "figures")
	if err := os.Mkdir(charts, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{from: data.Bytes(), filepath.Join(dir, beside): other.Bytes(), filepath.Join(charts, "old.svg"): nil} {
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
	const each = 8 // queries, kinds, growth, changing, heap, peak, freshness, overload
	if len(shown) != each || len(drawn) != each {
		t.Errorf("got %d charts on the page, %q in the folder, want %d", len(shown), drawn, each)
	}
	if !bytes.Contains(page, []byte("| answered | 12345 1/s |")) || !bytes.Contains(page, []byte("| beside it | `bench -only overload`")) {
		t.Errorf("the page does not tell of overload:\n%s", page)
	}
	for _, s := range shown {
		if svg, err := os.ReadFile(filepath.Join(dir, string(s[1]))); err != nil || !bytes.Contains(svg, []byte("<path")) {
			t.Errorf("%s: no chart: %v", s[1], err)
		}
	}
	if err := os.Remove(filepath.Join(dir, beside)); err != nil {
		t.Fatal(err)
	}
	if err := write(from, dir); err != nil {
		t.Errorf("without overload: %v", err)
	}
	if err := write(filepath.Join(dir, "none.json"), dir); err == nil {
		t.Error("a report that is not there: no error")
	}
}
