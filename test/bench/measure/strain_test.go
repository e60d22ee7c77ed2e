package measure

import (
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/bench/load"
)

// The first sixth of the time is told from the rest, of each the greatest.
func TestCourse(t *testing.T) {
	values := []sampled{{0, 2}, {9 * time.Second, 5}, {10 * time.Second, 3}, {11 * time.Second, 4}, {time.Minute, 1}}
	if got, want := over(values, 60), (course{5, 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What was seen in the second turn is behind all that was seen in the first.
func TestWhole(t *testing.T) {
	turn := func(asked int, seconds, megabytes float64) spell {
		f := load.Flooded{Seconds: seconds, Asked: asked, Answered: asked / 2, Took: &load.Times{}, OtherTook: &load.Times{}}
		return spell{Flooded: f, cpu: time.Second, rss: []sampled{{time.Second, megabytes}}}
	}
	w := whole([]spell{turn(100, 10, 7), turn(300, 50, 9)})
	if w.Asked != 400 || w.Answered != 200 || w.Seconds != 60 || w.cpu != 2*time.Second || w.full || w.gone {
		t.Errorf("got %+v, want the sums", w)
	}
	if got, want := over(w.rss, w.Seconds), (course{7, 9}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Each flood is held against the peak before and behind it: a machine that turns slower for both loses nothing of the peak.
func TestLosses(t *testing.T) {
	of := func(rates ...int) (all []spell) {
		for _, r := range rates {
			all = append(all, spell{Flooded: load.Flooded{Seconds: 1, Answered: r}})
		}
		return all
	}
	peaks, losses := against(of(100, 60, 40), of(72, 50))
	if len(peaks) != 2 || peaks[0] != 80 || peaks[1] != 50 {
		t.Errorf("got the peaks %v, want 80 and 50", peaks)
	}
	if len(losses) != 2 || losses[0] < 9.99 || losses[0] > 10.01 || losses[1] != 0 {
		t.Errorf("lost are %v %%, want 10 and 0", losses)
	}
}
