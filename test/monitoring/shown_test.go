package monitoring

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/monitoring/board"
	"github.com/kubenames/kubenames/test/monitoring/trial"
)

// nothing is what a day on which no question is too much for a server does not show, by panel and legend.
var nothing = map[string]bool{
	"Dropped and unsent: dropped {{instance}}": true,
	"Dropped and unsent: unsent {{instance}}":  true,
}

// Each expression of each panel shows something above zero at some time of a bad day, whichever histograms are scraped.
func TestPanelsShow(t *testing.T) {
	program := coredns(t)
	b, err := board.Read(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	for name, native := range map[string]bool{"buckets": false, "native": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown := map[string]bool{}
			const scrapes = 250 * time.Millisecond
			d, err := trial.Begin(t.Context(), t.TempDir(), program, scrapes, native)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if said := d.End(); t.Failed() {
					t.Log(said)
				}
			}()
			for _, c := range trial.Chapters {
				if err := d.Tell(t.Context(), c, 3*time.Second); err != nil {
					t.Fatal(err)
				}
				w := board.Window{From: d.Began, To: time.Now(), Step: scrapes, Rates: 4 * scrapes}
				for _, p := range b.Panels {
					for _, target := range p.Targets {
						lines, err := target.Lines(t.Context(), d.Prometheus, w)
						if err != nil {
							t.Errorf("%s: %v", p.Title, err)
						}
						if above(lines) {
							shown[p.Title+": "+target.LegendFormat] = true
						}
					}
				}
			}
			for _, p := range b.Panels {
				for _, target := range p.Targets {
					if what := p.Title + ": " + target.LegendFormat; shown[what] == nothing[what] {
						t.Errorf("%s: shown: %t: %s", what, shown[what], target.Expr)
					}
				}
			}
		})
	}
}

// above reports whether there is a value above zero.
func above(lines []board.Line) bool {
	for _, l := range lines {
		for _, p := range l.Points {
			if p.F > 0 && !math.IsNaN(p.F) {
				return true
			}
		}
	}
	return false
}

// coredns is the program: one that is built already, or a new one.
func coredns(t *testing.T) string {
	if built := os.Getenv("KUBENAMES_COREDNS"); built != "" {
		return built
	}
	program := filepath.Join(t.TempDir(), "coredns")
	build := exec.Command("go", "build", "-o", program, "./cmd/coredns")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("build: %w\n%s", err, out))
	}
	return program
}
