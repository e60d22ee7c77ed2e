package report

import (
	"fmt"
	"time"
)

// Flood is what a flood did to a server and to those who mean well.
type Flood struct {
	Lasted     time.Duration
	Quiet, P99 time.Duration // p99 of others, before the flood and in it
	Warm, Most int           // KiB resident: a quarter into the flood, and the most after that
	Lenient    bool          // nobody is held to the p99
}

// What memory may grow by in a flood, once it has lasted a while: a tenth, and what the runtime is free to hold.
const (
	share = 10      // a tenth
	slack = 8 << 10 // KiB
)

// times is how much later others are answered: what is quicker than a clock ticks counts as a tick.
func (f *Flood) times() float64 { return float64(f.P99) / float64(max(f.Quiet, time.Microsecond)) }

func (f *Flood) breaches() (all []string) {
	if f.Most > f.Warm+f.Warm/share+slack {
		all = append(all, fmt.Sprintf("memory grows: %d KiB, then %d KiB", f.Warm, f.Most))
	}
	if f.times() > 2 && !f.Lenient {
		all = append(all, fmt.Sprintf("p99 of others: %v, more than twice %v", f.P99, f.Quiet))
	}
	return all
}

// cell is it in the table; "" for nil.
func (f *Flood) cell() string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%v: %.1f; %d to %d MiB", f.Lasted.Round(time.Second), f.times(), f.Warm>>10, f.Most>>10)
}
