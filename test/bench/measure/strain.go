package measure

import (
	"runtime"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
)

// spell is one turn of a contestant: what it was asked and answered, and what was seen of the process meanwhile.
type spell struct {
	load.Flooded
	cpu           time.Duration
	rss, routines []sampled
	full          bool // it took more memory than it may
	gone          bool // it told nothing of itself any more, and was ended
}

// rate is the answers in a second.
func (s spell) rate() float64 { return float64(s.Answered) / s.Seconds }

// each is the CPU time of an answer, in µs.
func (s spell) each() float64 {
	return float64(s.cpu.Nanoseconds()) / 1e3 / float64(max(s.Answered, 1))
}

// whole is spells as one, without the time between them.
func whole(spells []spell) spell {
	w := spell{Flooded: load.Flooded{Took: &load.Times{}, OtherTook: &load.Times{}}}
	for _, s := range spells {
		for _, v := range s.rss {
			w.rss = append(w.rss, v.after(w.Seconds))
		}
		for _, v := range s.routines {
			w.routines = append(w.routines, v.after(w.Seconds))
		}
		w.Add(s.Flooded)
		w.cpu, w.full, w.gone = w.cpu+s.cpu, w.full || s.full, w.gone || s.gone
	}
	return w
}

// course is the greatest value of something in the first sixth of the time, in which a server grows to what it needs, and
// of the rest.
type course struct{ early, later float64 }

const early = 6

// How often is looked.
const (
	everyRSS      = 100 * time.Millisecond
	everyRoutines = 500 * time.Millisecond
)

// sampled is a value at a time.
type sampled struct {
	at    time.Duration
	value float64
}

// after is the same with seconds before it.
func (s sampled) after(seconds float64) sampled {
	s.at += time.Duration(seconds * float64(time.Second))
	return s
}

// over is the course of values in a time.
func over(values []sampled, seconds float64) (c course) {
	for _, v := range values {
		if v.at.Seconds() <= seconds/early {
			c.early = max(c.early, v.value)
		} else {
			c.later = max(c.later, v.value)
		}
	}
	return c
}

// strain asks a contestant that is halted, and looks at its memory and its goroutines. Then it is halted again, unless it is gone.
func (o overload) strain(who *contestant.Contestant, d demand, length time.Duration) (s spell, err error) {
	err = o.patiently(who, func() (err error) {
		s, err = o.spell(who, d, length)
		return err
	})
	if s.gone {
		err = nil
	}
	return s, err
}

// spell is one try of strain. A starving process tells of its goroutines when it comes to it.
func (o overload) spell(who *contestant.Contestant, d demand, length time.Duration) (s spell, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // who looks does not wait for who asks, on the same core
	full, done := make(chan struct{}), make(chan struct{})
	var watching sync.WaitGroup
	start := time.Now()
	sample := func(every time.Duration, into *[]sampled, look func() (float64, error)) {
		for t := time.NewTicker(every); ; {
			value, err := look()
			if err != nil {
				return // it has ended
			}
			*into = append(*into, sampled{time.Since(start), value})
			select {
			case <-t.C:
			case <-done:
				t.Stop()
				return
			}
		}
	}
	watching.Go(func() {
		sample(everyRSS, &s.rss, func() (float64, error) {
			bytes, err := who.Resident()
			if bytes > uint64(o.OverloadMemory)*mega && !s.full {
				s.full = true
				close(full)
			}
			return float64(bytes), err
		})
	})
	watching.Go(func() {
		sample(everyRoutines, &s.routines, func() (float64, error) {
			g, err := who.Now()
			return float64(g.Goroutines), err
		})
	})
	before, err := who.CPU()
	if err == nil {
		s.Flooded, err = d.of(o.set, who.Address(), load.Flood{Length: length, Other: o.other, Stop: full})
	}
	after, late := who.CPU()
	s.cpu = after - before
	close(done)
	const grace = 10 * time.Second // for a process that has yet to tell of its goroutines
	end := time.AfterFunc(grace, who.Stop)
	watching.Wait()
	s.gone = !end.Stop()
	if err == nil {
		err = late
	}
	return s, err
}
