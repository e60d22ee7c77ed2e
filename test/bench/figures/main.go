// Command figures writes the documentation's page of figures, and its charts, from a report of the bench.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubenames/kubenames/test/bench/chart"
	"github.com/kubenames/kubenames/test/bench/page"
	"github.com/kubenames/kubenames/test/bench/report"
)

func main() {
	from := flag.String("report", "../../build/bench/report.json", "the report's `file`; if "+beside+" is beside it, its figures are taken, too")
	to := flag.String("docs", "../../docs", "the `folder` for figures.md, and figures/ with the charts")
	flag.Parse()
	if err := write(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

// beside is the report of make overload.
const beside = "overload.json"

func write(from, to string) error {
	r, err := read(from)
	if err != nil {
		return err
	}
	switch other, err := read(filepath.Join(filepath.Dir(from), beside)); {
	case err == nil:
		r.Join(other)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	charts := filepath.Join(to, "figures")
	if err := os.RemoveAll(charts); err != nil { // of what is not measured any more
		return err
	}
	if err := os.MkdirAll(charts, 0o755); err != nil {
		return err
	}
	if err := chart.WriteFigures(r, charts); err != nil {
		return err
	}
	text, err := os.Create(filepath.Join(to, "figures.md"))
	if err != nil {
		return err
	}
	defer text.Close()
	if err := page.Write(text, r); err != nil {
		return err
	}
	return text.Close()
}

func read(path string) (*report.Report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report.Report{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}
