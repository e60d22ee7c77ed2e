package measure

import (
	"testing"
	"time"
)

// The first sixth of the time is told from the rest, of each the greatest.
func TestCourse(t *testing.T) {
	values := []sampled{{0, 2}, {9 * time.Second, 5}, {10 * time.Second, 3}, {11 * time.Second, 4}, {time.Minute, 1}}
	if got, want := over(values, time.Minute), (course{5, 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
