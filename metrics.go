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
		Help: "Counter of questions in the plugin's zones, by what became of them, and why there was nothing to say.",
	}, []string{"outcome", "reason"})
	unpackables = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "unpackable_total",
		Help: "Counter of replies that are no valid message; the client got SERVFAIL.",
	})
	sourceErrors = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "source_errors_total",
		Help: "Counter of troubles with the API server or the manifests, as logged.",
	})
)

// counters is answers' counter of each outcome and reason, found once and not for each question; nil if the two do not go
// together.
var counters = func() (all [zone.Refused + 1][zone.Reasons]prometheus.Counter) {
	for o := range all {
		label := zone.Outcome(o).String()
		if zone.Outcome(o) == zone.Elsewhere {
			label = "fallthrough"
		}
		for r := range all[o] {
			if together(zone.Outcome(o), zone.Reason(r)) {
				all[o][r] = answers.WithLabelValues(label, zone.Reason(r).String())
			}
		}
	}
	return all
}()

// together reports whether there are questions with the outcome for the reason.
func together(o zone.Outcome, r zone.Reason) bool {
	exists := r == zone.NoType || r == zone.OnlyBelow
	switch o {
	case zone.Absent:
		return r != zone.Nothing && !exists
	case zone.Empty:
		return exists
	case zone.EmptyReverse:
		return r == zone.OnlyBelow
	case zone.Elsewhere:
		return r != zone.NoType
	}
	return r == zone.Nothing
}

func count(o zone.Outcome, reason uint8) {
	if c := counters[o][reason]; c != nil {
		c.Inc()
	}
}

// handlers is those that run now; it reports what they hold.
type handlers struct {
	mu  sync.Mutex
	all []*Kubenames // in the order of their starts
}

var instances = new(handlers)

func init() { prometheus.MustRegister(instances) }

func (h *handlers) add(k *Kubenames) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, k)
}

func (h *handlers) remove(k *Kubenames) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = slices.DeleteFunc(h.all, func(o *Kubenames) bool { return o == k })
}

func describe(metric, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(plugin.Namespace, name, metric), help,
		append([]string{"zones"}, labels...), nil)
}

var (
	objects = describe("objects", "Gauge of the objects that are known, by kind.", "kind")
	whole   = describe("whole", "Gauge that is 1 once the whole cluster is known.")
	files   = describe("manifest_files", "Gauge of the manifest files, by whether they are served as they are.", "state")
	ignored = describe("manifest_objects_ignored", "Gauge of objects in manifests that are not for DNS.")
	changes = describe("changes_total", "Counter of steps in which answers changed.")
)

// Describe implements prometheus.Collector.
func (h *handlers) Describe(ch chan<- *prometheus.Desc) {
	ch <- objects
	ch <- whole
	ch <- changes
	ch <- files
	ch <- ignored
}

// Collect implements prometheus.Collector. Handlers of the same zones, as there are while a reload hands over, count as
// the one that started last.
func (h *handlers) Collect(ch chan<- prometheus.Metric) {
	h.mu.Lock()
	byZones := map[string]*Kubenames{}
	for _, k := range h.all {
		byZones[strings.Join(k.zone.Origins(), " ")] = k
	}
	h.mu.Unlock()
	for zones, k := range byZones {
		ready := 0.0
		if k.Ready() {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(whole, prometheus.GaugeValue, ready, zones)
		ch <- prometheus.MustNewConstMetric(changes, prometheus.CounterValue, float64(k.keeper.Changes()), zones)
		if k.manifests != nil {
			s := k.manifests.Stats()
			ch <- prometheus.MustNewConstMetric(files, prometheus.GaugeValue, float64(s.Files-s.Broken), zones, "served")
			ch <- prometheus.MustNewConstMetric(files, prometheus.GaugeValue, float64(s.Broken), zones, "broken")
			ch <- prometheus.MustNewConstMetric(ignored, prometheus.GaugeValue, float64(s.Ignored), zones)
		}
		for kind, n := range k.keeper.Counts() {
			ch <- prometheus.MustNewConstMetric(objects, prometheus.GaugeValue, float64(n), zones, kind.String())
		}
	}
}
