package kubenames

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// gathered is the value of a metric, of a histogram the number of what was observed, whose labels have these values, in the order of their names; -1: there is none.
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
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return -1
}

func TestMetrics(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(text string) {
		if err := writeFile("cluster.yaml", []byte(text)); err != nil { // at one stroke: an empty file is a change, too
			t.Fatal(err)
		}
	}
	const good = `{kind: List, apiVersion: v1, items: [
		{kind: Service, apiVersion: v1, metadata: {name: a, namespace: n}, spec: {clusterIP: 10.0.0.1}},
		{kind: Service, apiVersion: v1, metadata: {name: h, namespace: n}, spec: {clusterIP: None}},
		{kind: Endpoints, apiVersion: v1, metadata: {name: h, namespace: n}, subsets: [{addresses: [{ip: 10.1.0.1}, {ip: 10.1.0.2}]}]},
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
	asked, err := questions([]string{"A", "a.n.svc.cluster.local.", "h.n.svc.cluster.local."})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		if _, err := s.exchange(q); err != nil {
			t.Fatal(err)
		}
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
	expect("answers_total", found+2, "found", "")
	expect("whole", 1, "cluster.local.")
	expect("changes_total", 1, "cluster.local.")
	expect("objects", 2, "services", "cluster.local.")
	expect("names", 1, "namespaces", "cluster.local.")
	expect("names", 2, "services", "cluster.local.")
	expect("names", 2, "endpoints", "cluster.local.")
	expect("names", 3, "pointers", "cluster.local.")
	expect("names", -1, "pods", "cluster.local.")
	expect("remembered_answers", 1, "cluster.local.")
	if got := gathered(t, "remembered_answers_bytes", "cluster.local."); got < 100 || got > 1000 {
		t.Errorf("remembered_answers_bytes: got %v, want some hundreds", got)
	}
	expect("manifest_files", 1, "served", "cluster.local.")
	expect("manifest_objects_ignored", 1, "cluster.local.")
	write("}" + good)
	expect("manifest_files", 1, "broken", "cluster.local.")
	expect("manifest_files", 0, "served", "cluster.local.")
	expect("source_errors_total", errorsBefore+1)
	expect("changes_total", 1, "cluster.local.")
	write(`{kind: Namespace, apiVersion: v1, metadata: {name: n}}`)
	expect("objects", 0, "services", "cluster.local.")
	expect("remembered_answers", 0, "cluster.local.")
	expect("changes_total", 2, "cluster.local.")
}

// What a watch tells of is measured, from when somebody wanted it until it is answered, by the kind of Service.
func TestProgrammingDuration(t *testing.T) {
	k := newWatch(kube.Key{}, static{}).keeper
	z, err := zone.New(zone.Spec{Origins: []string{"cluster.local."}})
	if err != nil {
		t.Fatal(err)
	}
	k.Attach(z)
	k.Replace(cluster.Kinds(), nil, 0)
	for i, c := range []struct {
		service *cluster.Service
		kind    string
	}{
		{&cluster.Service{Selects: true}, "cluster_ip"},
		{&cluster.Service{Type: cluster.Headless, Selects: true}, "headless_with_selector"},
		{&cluster.Service{Type: cluster.Headless}, "headless_without_selector"},
	} {
		before := max(0, gathered(t, "dns_programming_duration_seconds", c.kind))
		c.service.Namespace, c.service.Name = "n", fmt.Sprint("s", i)
		sl := &cluster.Slice{Namespace: "n", Name: c.service.Name, Service: c.service.Name}
		change := cluster.Put(sl)
		change.Triggered = time.Now().Add(-time.Minute)
		k.Apply(cluster.Put(c.service), change)
		if got := gathered(t, "dns_programming_duration_seconds", c.kind) - before; got != 1 {
			t.Errorf("%s: observed %v times, want once", c.kind, got)
		}
	}
}
