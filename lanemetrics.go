package kubenames

import (
	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubenames/kubenames/plugin/express"
)

func init() { prometheus.MustRegister(running) }

func ofLane(metric, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(plugin.Namespace, name, metric), help, append([]string{"server"}, labels...), nil)
}

var (
	expressed = ofLane("express_questions_total", "Counter of questions that express lanes read, by whether they answered them.", "by")
	overflown = ofLane("express_dropped_total", "Counter of questions that were dropped because the server was given too many.")
	lost      = ofLane("express_unsent_total", "Counter of answers of express lanes that the kernel did not take.")
	batches   = ofLane("express_batch_size", "Histogram of how many questions express lanes read at once.")
	steered   = ofLane("express_steered", "Gauge that is 1 while the kernel gives plain questions to the lane only.")
)

// Describe implements prometheus.Collector.
func (f *fleet) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{expressed, overflown, lost, batches, steered} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (f *fleet) Collect(ch chan<- prometheus.Metric) {
	for _, l := range f.now() {
		s := l.Stats()
		count := func(d *prometheus.Desc, n uint64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{l.server}, labels...)...)
		}
		count(expressed, s.Taken, "lane")
		count(expressed, s.Handed, "server")
		count(overflown, f.drops(l))
		count(lost, s.Unsent)
		upTo, n := map[float64]uint64{}, uint64(0)
		for i, limit := range express.Sizes {
			n += s.Batches[i]
			upTo[float64(limit)] = n
		}
		n += s.Batches[len(express.Sizes)]
		ch <- prometheus.MustNewConstHistogram(batches, n, float64(s.Taken+s.Handed), upTo, l.server)
		on := 1.0
		if l.Unsteered() != nil {
			on = 0
		}
		ch <- prometheus.MustNewConstMetric(steered, prometheus.GaugeValue, on, l.server)
	}
}

// drops is how many questions of the lane the server never saw.
func (f *fleet) drops(l *lane) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := l.dropped + l.program.Desk.Dropped()
	for _, p := range l.before {
		n += p.Desk.Dropped()
	}
	return n
}
