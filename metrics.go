package kubenames

import (
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/kubenames/kubenames/plugin/cluster"
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
	snapshotSaves = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "snapshot_saves_total",
		Help: "Counter of snapshots that were saved.",
	})
	snapshotErrors = promauto.NewCounter(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "snapshot_errors_total",
		Help: "Counter of snapshots that could not be saved.",
	})
	programming = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "dns_programming_duration_seconds",
		Buckets:                     prometheus.ExponentialBuckets(0.001, 2, 20), // to 9 minutes
		NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
		Help:                        "Histogram of the time from a change of a Service or of its pods until it was answered.",
	}, []string{"service_kind"})
)

// programmed observes a change of a Service's endpoints that is answered from now on.
func programmed(s *cluster.Service, triggered time.Time) {
	kind := "cluster_ip"
	switch {
	case s.Type == cluster.ExternalName:
		return
	case s.Type == cluster.Headless && s.Selects:
		kind = "headless_with_selector"
	case s.Type == cluster.Headless:
		kind = "headless_without_selector"
	}
	programming.WithLabelValues(kind).Observe(time.Since(triggered).Seconds())
}

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
