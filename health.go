package kubenames

import (
	"context"
	"fmt"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// healthy is how the health of a source is looked after unless options say otherwise.
var healthy = kube.Options{Audit: 10 * time.Minute, StaleAfter: time.Minute}

// leastDuration is the shortest that an option of these takes: a second is already more than a server notices.
const leastDuration = time.Second

// duration reads a duration, or 0 for never.
func duration(option string, into func(*config) *time.Duration) func(*config, []string) error {
	return func(c *config, args []string) error {
		d, err := time.ParseDuration(args[0])
		if err != nil || d != 0 && d < leastDuration {
			return fmt.Errorf("%s %s: want a duration such as 10m, at least %s, or 0 for never", option, args[0], leastDuration)
		}
		*into(c) = d
		return nil
	}
}

var (
	incidents = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "watch_incidents_total",
		Help: "Counter of what went wrong with a watch and was mended, by kind of object and what it was.",
	}, []string{"kind", "incident"})
	audits = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "audits_total",
		Help: "Counter of comparisons of what is known with what the API server has, by kind of object and outcome.",
	}, []string{"kind", "outcome"})
	away = describe("api_unreached_seconds", "Gauge of the time since the API server was last heard of, if it is out of reach; else 0.")
)

// observeIncident counts what went wrong with a watch.
func observeIncident(k cluster.Kind, i kube.Incident) {
	incidents.WithLabelValues(k.String(), i.String()).Inc()
}

// observeAudit counts an audit.
func observeAudit(k cluster.Kind, a kube.Audited) {
	audits.WithLabelValues(k.String(), a.String()).Inc()
}

// appear makes the counters of these kinds begin at zero, so that the first incident is an increase.
func appear(kinds []cluster.Kind) {
	for _, k := range kinds {
		for _, i := range kube.Incidents() {
			incidents.WithLabelValues(k.String(), i.String())
		}
		for _, a := range []kube.Audited{kube.Equal, kube.Differed, kube.Failed} {
			audits.WithLabelValues(k.String(), a.String())
		}
	}
}

// unreached is for how many seconds the API server has been out of reach.
func unreached(l *kube.Live) float64 {
	at := l.Unreached()
	if at.IsZero() {
		return 0
	}
	return time.Since(at).Seconds()
}

// mind marks what the zones say as out of date while its API server is out of reach for too long, until the context ends.
func mind(ctx context.Context, k *keeper.Keeper, l *kube.Live) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	was := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		since, stale := l.Stale()
		k.Stale(zone.Unheard, stale)
		switch {
		case stale && !was:
			log.Warningf("the API server is out of reach since %s: answers say that they may be out of date", since.Format(time.RFC3339))
		case was && !stale:
			log.Info("the API server is in reach again")
		}
		was = stale
	}
}
