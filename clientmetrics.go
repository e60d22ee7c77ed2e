package kubenames

import (
	"strings"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/kubenames/kubenames/plugin/kube"
)

// What the API server is asked, by the names that the kubernetes plugin has for it.
var (
	requestSeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "rest_client_request_duration_seconds",
		Help:    "Histogram of the time that requests to the API server took, without watches.",
		Buckets: prometheus.DefBuckets, NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, []string{"verb", "host"})
	limiterSeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "rest_client_rate_limiter_duration_seconds",
		Help:    "Histogram of the time that requests to the API server waited for the plugin's own rate limit.",
		Buckets: prometheus.DefBuckets, NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, []string{"verb", "host"})
	requests = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "rest_client_requests_total",
		Help: "Counter of requests to the API server, by status code, method and host.",
	}, []string{"code", "method", "host"})
)

// observeRequest counts what became of a request to an API server.
func observeRequest(r kube.Request) {
	host := labelValue(r.Host)
	requests.WithLabelValues(r.Code, r.Method, host).Inc()
	if r.Took > 0 {
		requestSeconds.WithLabelValues(r.Method, host).Observe(r.Took.Seconds())
	}
}

// observeWait counts how long a request waited for the rate limit.
func observeWait(method, host string, wait time.Duration) {
	limiterSeconds.WithLabelValues(method, labelValue(host)).Observe(wait.Seconds())
}

// labelValue is the text as a label may have it: a URL need not be UTF-8.
func labelValue(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
