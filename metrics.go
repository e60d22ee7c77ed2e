package kubenames

import (
	"slices"
	"strings"
	"sync"

	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/kubenames/kubenames/plugin/zone"
)

var (
	answers = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "answers_total",
		Help: "Counter of questions in the plugin's zones, by what became of them.",
	}, []string{"outcome"})
	unpackables = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "unpackable_total",
		Help: "Counter of replies that are no valid message; the client got SERVFAIL.",
	})
	sourceErrors = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "source_errors_total",
		Help: "Counter of troubles with the API server or the manifests, as logged.",
	})
)

// counters is answers' counter of each outcome, found once and not for each question.
var counters = func() (all [zone.Refused + 1]prometheus.Counter) {
	for o := range all {
		label := zone.Outcome(o).String()
		if zone.Outcome(o) == zone.Elsewhere {
			label = "fallthrough"
		}
		all[o] = answers.WithLabelValues(label)
	}
	return all
}()

func count(o zone.Outcome) { counters[o].Inc() }

// instances is the handlers that run now; it reports what they hold.
type instances struct {
	mu  sync.Mutex
	all []*Kubenames // in the order of their starts
}

var running = new(instances)

func init() { prometheus.MustRegister(running) }

func (i *instances) add(k *Kubenames) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all = append(i.all, k)
}

func (i *instances) remove(k *Kubenames) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all = slices.DeleteFunc(i.all, func(o *Kubenames) bool { return o == k })
}

func describe(metric, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(plugin.Namespace, name, metric), help,
		append([]string{"zones"}, labels...), nil)
}

var (
	objects = describe("objects", "Gauge of the objects that are known, by kind.", "kind")
	whole   = describe("whole", "Gauge that is 1 once the whole cluster is known.")
	changes = describe("changes_total", "Counter of steps in which answers changed.")
)

// Describe implements prometheus.Collector.
func (i *instances) Describe(ch chan<- *prometheus.Desc) {
	ch <- objects
	ch <- whole
	ch <- changes
}

// Collect implements prometheus.Collector. Handlers of the same zones, as there are while a reload hands over, count as
// the one that started last.
func (i *instances) Collect(ch chan<- prometheus.Metric) {
	i.mu.Lock()
	byZones := map[string]*Kubenames{}
	for _, k := range i.all {
		byZones[strings.Join(k.zone.Origins(), " ")] = k
	}
	i.mu.Unlock()
	for zones, k := range byZones {
		ready := 0.0
		if k.Ready() {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(whole, prometheus.GaugeValue, ready, zones)
		ch <- prometheus.MustNewConstMetric(changes, prometheus.CounterValue, float64(k.keeper.Changes()), zones)
		for kind, n := range k.keeper.Counts() {
			ch <- prometheus.MustNewConstMetric(objects, prometheus.GaugeValue, float64(n), zones, kind.String())
		}
	}
}
