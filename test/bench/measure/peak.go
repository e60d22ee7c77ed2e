package measure

import (
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// demand is how many questions a second are asked; closed is as many as are answered, by clients that wait.
type demand float64

const closed demand = 0

// of is what becomes of a demand.
func (d demand) of(set load.Set, address string, f load.Flood) (load.Flooded, error) {
	if d != closed {
		f.Rate = float64(d)
		return set.Flood(address, f)
	}
	r, err := set.Run(address, f.Length, load.Exact)
	return load.Flooded{Seconds: r.Seconds, Asked: r.Answered, Answered: r.Answered, Took: &load.Times{}, OtherTook: &load.Times{}}, err
}

// peak is the most that a contestant answers in a second, and what it has to be asked for that.
type peak struct {
	rate float64
	demand
}

// steps are how many times the answers of a closed loop are asked for in search of the peak, beside the loop itself.
var steps = []float64{1, 1.25, 1.5, 2, 3}

// peak asks for more and more, again and again: what slows the machine down for a while hits all demands alike.
func (o overload) peak() (p peak, err error) {
	const part, rounds = 120, 3 // of the time, for each step
	length := max(o.OverloadTime/part, o.Sample)
	l, err := start([]contestant.Plan{o.plan}, o.setting)
	if err != nil {
		return p, err
	}
	defer l.stop()
	answers := func(d demand) (rate float64, err error) {
		err = o.patiently(l[0], func() error {
			if err := l[0].Quiet(); err != nil {
				return err
			}
			r, err := d.of(o.set, l[0].Address(), load.Flood{Length: length})
			rate = float64(r.Answered) / r.Seconds
			return err
		})
		return rate, err
	}
	demands := []demand{closed}
	for range 2 { // the first fills caches
		if p.rate, err = answers(closed); err != nil {
			return p, err
		}
	}
	for _, times := range steps {
		demands = append(demands, demand(times*p.rate))
	}
	rates := make([][]float64, len(demands))
	for range rounds {
		for i, d := range demands {
			rate, err := answers(d)
			if err != nil {
				return p, err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	p = peak{}
	for i, d := range demands {
		if s, _ := report.Of(rates[i]); s.Median > p.rate {
			p = peak{s.Median, d}
		}
	}
	return p, nil
}
