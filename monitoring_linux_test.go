package kubenames

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/kube"
)

// Alerts, the dashboard and the page about outages name only metrics that there are, by labels that these have.
func TestMonitoringNamesMetrics(t *testing.T) {
	exposed := everything(t)
	queries := append(alertQueries(t), dashboardQueries(t)...)
	if len(queries) < 40 {
		t.Fatalf("found only %d queries", len(queries))
	}
	metric := regexp.MustCompile(`\b((?:coredns|go|process)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	for _, q := range queries {
		for _, m := range metric.FindAllStringSubmatch(q, -1) {
			if strings.HasPrefix(m[1], "coredns_proxy_") {
				continue // of forward, which test/monitoring has
			}
			labels, ok := exposed[m[1]]
			if !ok {
				t.Errorf("%s: there is no metric %s", q, m[1])
			}
			for _, l := range regexp.MustCompile(`(\w+) *[=!]~?"`).FindAllStringSubmatch(m[2], -1) {
				if !slices.Contains(labels, l[1]) {
					t.Errorf("%s: %s has no label %s, but %q", q, m[1], l[1], labels)
				}
			}
		}
	}
	page := readFile(t, "docs/outages.md")
	for _, m := range regexp.MustCompile("`([a-z_]+(?:_total|_seconds|_bytes|_served))[`{]").FindAllStringSubmatch(page, -1) {
		if exposed[m[1]] == nil && exposed["coredns_kubenames_"+m[1]] == nil && !strings.HasPrefix(m[1], "coredns_forward_") {
			t.Errorf("docs/outages.md: there is no metric %s", m[1])
		}
	}
}

// everything is the metrics that a server with every option exposes, and the labels of each.
func everything(t *testing.T) map[string][]string {
	w := newWarm(t)
	w.line = "prometheus 127.0.0.1:0"
	s := w.start("express 1")
	defer w.stop(s)
	// What is counted only once it has happened.
	observeIncident(cluster.KindService, kube.Panicked)
	observeAudit(cluster.KindService, kube.Equal)
	programmed(&cluster.Service{}, time.Now())
	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network}
		if _, _, err := c.Exchange(new(dns.Msg).SetQuestion("web.n.svc.cluster.local.", dns.TypeA), map[string]string{"udp": s.udp, "tcp": s.tcp}[network]); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string][]string{}
	w.until(func() string {
		families, err := prometheus.DefaultGatherer.Gather()
		if err != nil {
			return err.Error()
		}
		for _, f := range families {
			labels := []string{"job", "instance"} // of the scrape
			for _, l := range f.GetMetric()[0].GetLabel() {
				labels = append(labels, l.GetName())
			}
			all[f.GetName()] = labels
			if f.GetMetric()[0].GetHistogram() != nil {
				all[f.GetName()+"_bucket"] = append(labels, "le")
			}
		}
		if all["coredns_kubenames_snapshot_age_seconds"] == nil || all["coredns_kubenames_express_dropped_total"] == nil || all["coredns_dns_responses_total"] == nil {
			return "nothing is saved, or there is no lane, or no answer is counted"
		}
		return ""
	})
	return all
}

func alertQueries(t *testing.T) (all []string) {
	var file struct {
		Groups []struct{ Rules []struct{ Expr string } }
	}
	if err := yaml.Unmarshal([]byte(readFile(t, "deploy/monitoring/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			all = append(all, r.Expr)
		}
	}
	return all
}

func dashboardQueries(t *testing.T) (all []string) {
	var board struct {
		Panels     []struct{ Targets []struct{ Expr string } }
		Templating struct{ List []struct{ Definition string } }
	}
	if err := json.Unmarshal([]byte(readFile(t, "deploy/monitoring/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			all = append(all, q.Expr)
		}
	}
	for _, v := range board.Templating.List {
		all = append(all, v.Definition)
	}
	return all
}
