package main

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"

	"github.com/kubenames/kubenames/test/monitoring/board"
)

// scale is a name of a unit from a size on.
type scale struct {
	from, one float64
	name      string
}

// units is Grafana's units, as it scales them; from 0 on the first holds.
var units = map[string][]scale{
	"short":       {{0, 1, ""}, {1e3, 1e3, " K"}, {1e6, 1e6, " Mil"}},
	"reqps":       {{0, 1, " req/s"}, {1e3, 1e3, "K req/s"}},
	"cps":         {{0, 1, " c/s"}, {1e3, 1e3, "K c/s"}},
	"bytes":       {{0, 1, " B"}, {1 << 10, 1 << 10, " KiB"}, {1 << 20, 1 << 20, " MiB"}, {1 << 30, 1 << 30, " GiB"}},
	"percentunit": {{0, 0.01, "%"}},
	"s":           {{0, 1e-6, " µs"}, {1e-3, 1e-3, " ms"}, {1, 1, " s"}, {60, 60, " min"}, {3600, 3600, " hours"}, {86400, 86400, " days"}},
}

// scaled is how values of about that size are told.
func scaled(unit string, value float64) scale {
	all := units[unit]
	if len(all) == 0 {
		return scale{0, 1, " " + unit} // Grafana, too, shows what it does not know
	}
	found := all[0]
	for _, s := range all {
		if math.Abs(value) >= s.from*0.9999 {
			found = s
		}
	}
	if value == 0 && unit == "s" {
		found = all[2]
	}
	return found
}

// format is a value with its unit; nil: with three digits.
func format(unit string, value float64, decimals *int) string {
	s := scaled(unit, value)
	v := value / s.one
	if decimals != nil {
		return strconv.FormatFloat(v, 'f', *decimals, 64) + s.name
	}
	digits := 2
	switch {
	case math.Abs(v) >= 100 || v == math.Trunc(v):
		digits = 0
	case math.Abs(v) >= 10:
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + s.name
}

// powers is the powers of ten.
func powers(f board.Field, low, high float64) (all []plot.Tick) {
	for v := low; v <= high*1.0001; v *= 10 {
		all = append(all, plot.Tick{Value: v, Label: format(f.Unit, v, f.Decimals)})
	}
	return all
}

// ticks is about five, at round values.
func ticks(f board.Field, low, high float64) (all []plot.Tick) {
	s := scaled(f.Unit, high)
	step := (high - low) / s.one / 5
	if f.Decimals != nil {
		step = max(step, math.Pow(10, float64(-*f.Decimals)))
	}
	size := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if size*m >= step*0.9999 {
			step = size * m
			break
		}
	}
	for n := math.Ceil(low / s.one / step); n*step*s.one <= high*1.0001; n++ {
		v := n * step * s.one
		all = append(all, plot.Tick{Value: v, Label: format(f.Unit, v, f.Decimals)})
	}
	return all
}
