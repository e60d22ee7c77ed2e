package kubenames

import (
	"strings"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubenames/kubenames/plugin/zone"
)

func init() { prometheus.MustRegister(instances) }

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
	names   = describe("names", "Gauge of the names that are answered for, by kind.", "kind")
	kept    = describe("remembered_answers", "Gauge of the answers that are remembered.")
	weight  = describe("remembered_answers_bytes", "Gauge of the memory that remembered answers take, about.")
	quiet   = describe("watch_event_age_seconds", "Gauge of the time since an object was last told of, by kind.", "kind")
	silent  = describe("watch_alive_age_seconds", "Gauge of the time since the API server was last heard of, by kind.", "kind")
	aged    = describe("snapshot_age_seconds", "Gauge of the time since that was last heard of which is in the snapshot.")
	stale   = describe("snapshot_served", "Gauge that is 1 while answers may be out of a snapshot that is not confirmed.")
)

// Describe implements prometheus.Collector.
func (h *handlers) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{objects, whole, changes, files, ignored, names, kept, weight, quiet, silent, away, aged, stale} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Handlers of the same zones, as there are while a reload hands over, count as
// the one that started last.
func (h *handlers) Collect(ch chan<- prometheus.Metric) {
	byZones := map[string]*Kubenames{}
	for _, k := range h.now() {
		byZones[strings.Join(k.zone.Origins(), " ")] = k
	}
	for zones, k := range byZones {
		gauge := func(d *prometheus.Desc, value float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{zones}, labels...)...)
		}
		ch <- prometheus.MustNewConstMetric(changes, prometheus.CounterValue, float64(k.seat.keeper.Changes()), zones)
		k.collect(gauge)
	}
}

// collect tells what the handler holds.
func (k *Kubenames) collect(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	ready := 0.0
	if k.zone.Complete() {
		ready = 1
	}
	gauge(whole, ready)
	for kind, n := range k.seat.keeper.Counts() {
		gauge(objects, float64(n), kind.String())
	}
	s := k.zone.Stats()
	for kind, n := range k.names(s) {
		gauge(names, float64(n), kind)
	}
	gauge(kept, float64(s.Answers))
	gauge(weight, float64(s.Bytes))
	if k.seat.manifests != nil {
		s := k.seat.manifests.Stats()
		gauge(files, float64(s.Files-s.Broken), "served")
		gauge(files, float64(s.Broken), "broken")
		gauge(ignored, float64(s.Ignored))
	}
	if k.seat.live == nil {
		return
	}
	gauge(away, unreached(k.seat.live))
	if s := k.seat.saver; s != nil {
		s.collect(gauge)
	}
	for _, p := range k.seat.live.Pulses() {
		for d, at := range map[*prometheus.Desc]time.Time{quiet: p.Event, silent: p.Alive} {
			if !at.IsZero() {
				gauge(d, time.Since(at).Seconds(), p.Kind.String())
			}
		}
	}
}

// collect tells how the saver is.
func (s *saver) collect(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	if at := s.saved(); !at.IsZero() {
		gauge(aged, time.Since(at).Seconds())
	}
	served := 0.0
	if s.keeper.Saved() {
		served = 1
	}
	gauge(stale, served)
}

// names counts the names, by kind, of those kinds that the block has.
func (k *Kubenames) names(s zone.Stats) map[string]int {
	all := map[string]int{"namespaces": s.Namespaces, "services": s.Services, "endpoints": s.Endpoints, "pointers": s.Pointers}
	if k.spec.Pods == zone.Verified {
		all["pods"] = s.Pods
	}
	if len(k.spec.Clustersets) > 0 {
		all["imports"] = s.Imports
	}
	if k.external {
		all["external_ips"] = s.Outside
	}
	return all
}
