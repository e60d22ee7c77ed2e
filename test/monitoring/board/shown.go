package board

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/kubenames/kubenames/test/monitoring/scraper"
)

// Window is the time that is shown.
type Window struct {
	From, To time.Time
	Step     time.Duration // between points
	Rates    time.Duration // that rates are of
}

// Line is a series of a panel: one point, or one at each step where it has a value.
type Line struct {
	Legend string
	Points []promql.FPoint
}

// Lines is what a target of a panel shows.
func (t Target) Lines(ctx context.Context, p *scraper.Prometheus, w Window) (all []Line, err error) {
	expr := Filled(t.Expr, w.To.Sub(w.From), w.Rates)
	if t.Instant {
		vector, err := p.At(ctx, expr, w.To)
		for _, s := range vector {
			all = append(all, Line{t.Legend(s.Metric.Get), []promql.FPoint{{T: s.T, F: s.F}}})
		}
		return all, wrap(expr, err)
	}
	matrix, err := p.Over(ctx, expr, w.From, w.To, w.Step)
	for _, s := range matrix {
		all = append(all, Line{t.Legend(s.Metric.Get), s.Floats})
	}
	return all, wrap(expr, err)
}

func wrap(expr string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", expr, err)
	}
	return nil
}

// Parts is a line without what is missing, be it a value that is no number: those points that follow each other.
func (l Line) Parts(step time.Duration) (all [][]promql.FPoint) {
	var part []promql.FPoint
	for _, p := range l.Points {
		if math.IsNaN(p.F) || len(part) > 0 && p.T-part[len(part)-1].T > step.Milliseconds() {
			all, part = append(all, part), nil
		}
		if !math.IsNaN(p.F) {
			part = append(part, p)
		}
	}
	return append(all, part)
}
