package report

import (
	"fmt"
	"math"
	"slices"
)

// Spread is the least, the median and the greatest of some figures.
type Spread struct{ Min, Median, Max float64 }

// Of is the spread of figures; ok is false if there are none.
func Of(values []float64) (s Spread, ok bool) {
	if len(values) == 0 {
		return s, false
	}
	v := slices.Sorted(slices.Values(values))
	return Spread{v[0], Quantile(v, 0.5), v[len(v)-1]}, true
}

// Ratio is the spread of ours divided by theirs, pair by pair.
func Ratio(ours, theirs []float64) (Spread, bool) {
	var ratios []float64
	for i := range min(len(ours), len(theirs)) {
		if theirs[i] > 0 {
			ratios = append(ratios, ours[i]/theirs[i])
		}
	}
	return Of(ratios)
}

func (s Spread) String() string {
	return fmt.Sprintf("%s [%s-%s]", Digits(s.Median), Digits(s.Min), Digits(s.Max))
}

// Quantile is the value below which a share q of all is, which are sorted: linear between the two that are next to it.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}

// Digits writes a figure with three digits that mean something.
func Digits(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "-"
	case a >= 100:
		return fmt.Sprintf("%.0f", f)
	case a >= 10:
		return fmt.Sprintf("%.1f", f)
	case a >= 0.1 || a == 0:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.2g", f)
}
