// Command draw draws the dashboard of deploy/monitoring as SVG, for people to look at: what it shows of a bad day of two
// replicas, at the end of each chapter of it. It takes Grafana's words for what a panel is like, and not its looks.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/kubenames/kubenames/test/monitoring/board"
	"github.com/kubenames/kubenames/test/monitoring/trial"
)

// scrapes is how often the replicas are scraped.
const scrapes = time.Second

func main() {
	out := flag.String("out", "../../build/dashboard", "folder of the pictures")
	file := flag.String("dashboard", "../../deploy/monitoring/dashboard.json", "file of the dashboard")
	lasts := flag.Duration("chapter", 25*time.Second, "how long each chapter of the day lasts")
	points := flag.Int("points", 120, "how many a line has, at most")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *file, *out, os.Getenv("KUBENAMES_COREDNS"), *lasts, *points); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

// run lives through the day, and draws.
func run(ctx context.Context, file, out, program string, lasts time.Duration, points int) error {
	b, err := board.Read(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kubenames-dashboard-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := trial.Begin(ctx, dir, program, scrapes, false)
	if err != nil {
		return err
	}
	defer d.End()
	var marks []time.Time
	for i, c := range trial.Chapters {
		marks = append(marks, time.Now())
		if err := d.Tell(ctx, c, lasts); err != nil {
			return err
		}
		w := board.Window{From: d.Began, To: time.Now(), Rates: 4 * scrapes}
		w.Step = max(scrapes, w.To.Sub(w.From)/time.Duration(points)).Truncate(time.Millisecond)
		p := newPage(b, w, marks)
		if err := p.fill(ctx, d.Prometheus); err != nil {
			return err
		}
		path := filepath.Join(out, fmt.Sprintf("%d-%s.svg", i+1, c.Name))
		if err := p.save(path); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}
