package chart

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// decades is a logarithmic axis for bars, which stand on a power of ten. nil is a linear one.
type decades struct{ floor int }

// scale is the axis of a drawing.
func (d drawing) scale() *decades {
	if !d.log {
		return nil
	}
	least := math.Inf(1)
	for _, name := range d.contestants {
		for j := range d.labels {
			if v, ok := d.value(name, j); ok && v > 0 {
				least = min(least, v)
			}
		}
	}
	if math.IsInf(least, 1) {
		return nil
	}
	return &decades{int(math.Ceil(math.Log10(least))) - 1}
}

// height is how high a bar is.
func (s *decades) height(v float64) float64 {
	if s == nil {
		return v
	}
	if v <= 0 {
		return 0
	}
	return math.Log10(v) - float64(s.floor)
}

// Ticks implements plot.Ticker.
func (s *decades) Ticks(low, high float64) (ticks []plot.Tick) {
	for d := int(math.Ceil(low)); float64(d) <= high+0.01; d++ {
		label := strconv.FormatFloat(math.Pow10(d+s.floor), 'g', -1, 64)
		ticks = append(ticks, plot.Tick{Value: float64(d), Label: label})
	}
	return ticks
}
