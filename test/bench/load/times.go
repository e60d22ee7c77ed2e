package load

import "time"

// Times is how long many answers took, to a tenth of a millisecond. The zero value is none. One goroutine uses it.
type Times struct {
	count [int(gives/bin) + 1]uint32
	n     int
}

const bin = 100 * time.Microsecond

func (t *Times) add(d time.Duration) {
	t.count[min(int(d/bin), len(t.count)-1)]++
	t.n++
}

// merge adds the times of others.
func (t *Times) merge(o *Times) {
	for i, n := range o.count {
		t.count[i] += n
	}
	t.n += o.n
}

// Quantile is the time that a share of all took at the most; 0 if there are none.
func (t *Times) Quantile(share float64) time.Duration {
	if t.n == 0 {
		return 0
	}
	below := 0
	for i, n := range t.count {
		if below += int(n); float64(below) >= share*float64(t.n) {
			return time.Duration(i+1) * bin
		}
	}
	return gives
}
