package kubenames

import (
	"fmt"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// gathered is the value of a metric whose labels have these values, in the order of their names; -1: there is none.
func gathered(t *testing.T, metric string, labels ...string) float64 {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "coredns_kubenames_"+metric {
			continue
		}
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if fmt.Sprint(values) == fmt.Sprint(labels) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

func TestMetrics(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(text string) {
		if err := os.WriteFile("cluster.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good = `{kind: List, apiVersion: v1, items: [
		{kind: Service, apiVersion: v1, metadata: {name: a, namespace: n}, spec: {clusterIP: 10.0.0.1}},
		{kind: Deployment, apiVersion: apps/v1, metadata: {name: a, namespace: n}}]}`
	write(good)
	s, err := startServer(". {\nbind 127.0.0.1\nkubenames cluster.local {\nmanifests cluster.yaml\n}\n}")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if got := gathered(t, "whole", "cluster.local."); got != -1 {
			t.Errorf("whole after the end: got %v, want none", got)
		}
	}()
	errorsBefore, found := gathered(t, "source_errors_total"), gathered(t, "answers_total", "found", "")
	asked, err := questions([]string{"A", "a.n.svc.cluster.local."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.exchange(asked[0]); err != nil {
		t.Fatal(err)
	}
	expect := func(metric string, want float64, labels ...string) {
		t.Helper()
		if trouble := eventually(func() string {
			if got := gathered(t, metric, labels...); got != want {
				return fmt.Sprintf("%s %v: got %v, want %v", metric, labels, got, want)
			}
			return ""
		}); trouble != "" {
			t.Error(trouble)
		}
	}
	expect("answers_total", found+1, "found", "")
	expect("whole", 1, "cluster.local.")
	expect("changes_total", 1, "cluster.local.")
	expect("objects", 1, "services", "cluster.local.")
	expect("manifest_files", 1, "served", "cluster.local.")
	expect("manifest_objects_ignored", 1, "cluster.local.")
	write("}" + good)
	expect("manifest_files", 1, "broken", "cluster.local.")
	expect("manifest_files", 0, "served", "cluster.local.")
	expect("source_errors_total", errorsBefore+1)
	expect("changes_total", 1, "cluster.local.")
	write(`{kind: Namespace, apiVersion: v1, metadata: {name: n}}`)
	expect("objects", 0, "services", "cluster.local.")
	expect("changes_total", 2, "cluster.local.")
}
