package measure

import (
	"runtime"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
)

// strain is a flood, and what was seen of the process meanwhile.
type strain struct {
	load.Flooded
	rss, routines course
	full          bool // it took more memory than it may
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

// over is the course of values in a time.
func over(values []sampled, whole time.Duration) (c course) {
	for _, v := range values {
		if v.at <= whole/early {
			c.early = max(c.early, v.value)
		} else {
			c.later = max(c.later, v.value)
		}
	}
	return c
}

// strain floods a contestant, and looks at its memory and its goroutines. A starving process tells of these when it comes to it.
func (o overload) strain(who *contestant.Contestant, f load.Flood) (st strain, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // who looks does not wait for who asks, on the same core
	full, done := make(chan struct{}), make(chan struct{})
	f.Stop = full
	var rss, routines []sampled
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
		sample(everyRSS, &rss, func() (float64, error) {
			bytes, err := who.Resident()
			if bytes > uint64(o.OverloadMemory)*mega && !st.full {
				st.full = true
				close(full)
			}
			return float64(bytes), err
		})
	})
	watching.Go(func() {
		sample(everyRoutines, &routines, func() (float64, error) {
			g, err := who.Now()
			return float64(g.Goroutines), err
		})
	})
	st.Flooded, err = o.set.Flood(who.Address(), f)
	close(done)
	const grace = 10 * time.Second // for a process that has yet to tell of its goroutines
	late := time.AfterFunc(grace, who.Stop)
	watching.Wait()
	late.Stop()
	whole := time.Duration(st.Seconds * float64(time.Second))
	st.rss, st.routines = over(rss, whole), over(routines, whole)
	return st, err
}
