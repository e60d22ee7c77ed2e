package kubenames

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/coredns/coredns/plugin"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// spread is observations that are yet to be in a histogram of CoreDNS. Prometheus's own takes one at a time, which would cost more
// than the answer. The zero value has none. It belongs to one goroutine.
type spread struct {
	values map[float64]uint64 // how often each was observed; times are rounded up to three digits
	total  float64            // of the values as they were
}

// add observes the value n times.
func (s *spread) add(v float64, n uint64) { s.put(v, n, v*float64(n)) }

func (s *spread) put(v float64, n uint64, total float64) {
	if s.values == nil {
		s.values = map[float64]uint64{}
	}
	s.values[v] += n
	s.total += total
}

// addTime observes the time n times.
func (s *spread) addTime(took time.Duration, n uint64) {
	unit := time.Microsecond
	for took > 1000*unit {
		unit *= 10
	}
	rounded := (took + unit - 1).Truncate(unit)
	s.put(rounded.Seconds(), n, took.Seconds()*float64(n))
}

// take takes what another has.
func (s *spread) take(o *spread) {
	for v, n := range o.values {
		s.put(v, n, 0)
	}
	s.total += o.total
	o.clear()
}

func (s *spread) clear() {
	clear(s.values)
	s.total = 0
}

// sum is a histogram's part that the lanes have observed.
type sum struct {
	count  uint64
	total  float64
	upTo   map[float64]uint64 // observations at most as great as the bound, of each
	native map[int]uint64     // by the number of the bucket
}

// resolution is the schema of native histograms: each bucket ends 2^(2^-schema) times as high as the one before it.
var resolution = int32(-math.Floor(math.Log2(math.Log2(plugin.NativeHistogramBucketFactor))))

// take takes what a spread has.
func (s *sum) take(o *spread, bounds []float64) {
	if s.upTo == nil {
		s.upTo, s.native = map[float64]uint64{}, map[int]uint64{}
	}
	for v, n := range o.values {
		s.count += n
		for _, b := range bounds {
			if v <= b {
				s.upTo[b] += n
			}
		}
		s.native[int(math.Ceil(math.Ldexp(math.Log2(v), int(resolution))))] += n
	}
	s.total += o.total
	o.clear()
}

// addTo adds it to a histogram as prometheus tells it.
func (s *sum) addTo(h *dto.Histogram) {
	h.SampleCount = proto.Uint64(h.GetSampleCount() + s.count)
	h.SampleSum = proto.Float64(h.GetSampleSum() + s.total)
	for _, b := range h.Bucket {
		b.CumulativeCount = proto.Uint64(b.GetCumulativeCount() + s.upTo[b.GetUpperBound()])
	}
	if h.Schema == nil || h.GetSchema() != resolution || s.count == 0 {
		return
	}
	all := maps.Clone(s.native)
	key, value, d := int32(0), int64(0), 0
	for _, span := range h.PositiveSpan {
		key += span.GetOffset()
		for range span.GetLength() {
			value += h.PositiveDelta[d]
			all[int(key)] += uint64(value)
			key, d = key+1, d+1
		}
	}
	h.PositiveSpan, h.PositiveDelta = nil, nil
	next, value := 0, int64(0)
	for i, k := range slices.Sorted(maps.Keys(all)) {
		if i == 0 || k != next {
			h.PositiveSpan = append(h.PositiveSpan, &dto.BucketSpan{Offset: proto.Int32(int32(k - next)), Length: proto.Uint32(0)})
		}
		last := h.PositiveSpan[len(h.PositiveSpan)-1]
		last.Length = proto.Uint32(last.GetLength() + 1)
		h.PositiveDelta = append(h.PositiveDelta, int64(all[k])-value)
		value, next = int64(all[k]), k+1
	}
}
