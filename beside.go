package kubenames

import (
	"sync"

	"github.com/coredns/coredns/plugin/metrics/vars"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// observed is what lanes have answered, for the histograms of CoreDNS. Any goroutine may use it.
type observed struct {
	adopt sync.Once

	mu     sync.Mutex
	places map[place]*sum
	bounds map[*prometheus.HistogramVec][]float64
}

// place is a series of a histogram.
type place struct {
	of           *prometheus.HistogramVec
	server, zone string
}

var beside = &observed{places: map[place]*sum{}, bounds: map[*prometheus.HistogramVec][]float64{}}

// series is the series of a histogram for a zone and UDP.
func (p place) series() prometheus.Observer {
	if p.of == vars.RequestDuration {
		return p.of.WithLabelValues(p.server, p.zone, "")
	}
	return p.of.WithLabelValues(p.server, p.zone, "", "udp")
}

// begin makes CoreDNS's metrics tell of lanes too. It costs nothing before there is one.
func (o *observed) begin() {
	o.adopt.Do(func() {
		for _, c := range []prometheus.Collector{vars.RequestCount, vars.RequestDo, vars.ResponseRcode, answers} {
			if prometheus.Unregister(c) {
				prometheus.MustRegister(reported{c})
			}
		}
		for _, h := range []*prometheus.HistogramVec{vars.RequestDuration, vars.RequestSize, vars.ResponseSize} {
			if prometheus.Unregister(h) {
				prometheus.MustRegister(joined{h})
			}
		}
	})
}

// take takes the observations of a tally.
func (o *observed) take(t *tally) {
	var s spread
	t.requests.move(&s)
	o.add(place{vars.RequestSize, t.server, t.zone}, &s)
	t.responses.move(&s)
	o.add(place{vars.ResponseSize, t.server, t.zone}, &s)
	o.add(place{vars.RequestDuration, t.server, t.zone}, &t.times)
}

func (o *observed) add(p place, s *spread) {
	series := p.series() // before the lock: who reads the metrics may have that of the histogram
	o.mu.Lock()
	defer o.mu.Unlock()
	bounds, ok := o.bounds[p.of]
	var m dto.Metric
	if of, is := series.(prometheus.Metric); !ok && is && of.Write(&m) == nil {
		for _, b := range m.Histogram.Bucket {
			bounds = append(bounds, b.GetUpperBound())
		}
		o.bounds[p.of] = bounds
	}
	if o.places[p] == nil {
		o.places[p] = new(sum)
	}
	o.places[p].take(s, bounds)
}

// reported is counters that lanes report to before they are read.
type reported struct{ prometheus.Collector }

// Collect implements prometheus.Collector.
func (r reported) Collect(ch chan<- prometheus.Metric) {
	running.report()
	r.Collector.Collect(ch)
}

// joined is a histogram together with what lanes have observed.
type joined struct{ *prometheus.HistogramVec }

// Collect implements prometheus.Collector.
func (j joined) Collect(ch chan<- prometheus.Metric) {
	running.report()
	theirs := make(chan prometheus.Metric)
	go func() {
		defer close(theirs)
		j.HistogramVec.Collect(theirs)
	}()
	for m := range theirs {
		ch <- withLanes{m, j.HistogramVec}
	}
}

// withLanes is one series of a histogram.
type withLanes struct {
	prometheus.Metric
	of *prometheus.HistogramVec
}

// Write implements prometheus.Metric.
func (w withLanes) Write(m *dto.Metric) error {
	if err := w.Metric.Write(m); err != nil {
		return err
	}
	labels := map[string]string{}
	for _, l := range m.Label {
		labels[l.GetName()] = l.GetValue()
	}
	if proto, has := labels["proto"]; labels["view"] != "" || has && proto != "udp" {
		return nil
	}
	beside.mu.Lock()
	defer beside.mu.Unlock()
	if s := beside.places[place{w.of, labels["server"], labels["zone"]}]; s != nil {
		s.addTo(m.Histogram)
	}
	return nil
}
