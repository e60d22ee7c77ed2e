package main

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubenames/kubenames/test/parity/trial"
)

// TestParity tries a few seeds, so that the harness stays true; run the program for many. Where ours audits, it finds nothing
// that its watches missed.
func TestParity(t *testing.T) {
	pool := &trial.Pool{Size: trial.Size{Steps: 3, Questions: 1000, Changes: 6}, Width: 4}
	report, err := pool.Run(t.Context(), 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Faults {
		t.Error(f)
	}
	t.Log(report)
	if all := audits(t); all["equal"] <= all["failed"] || all["differed"] > 0 { // some may come when nobody answers
		t.Errorf("got audits %v, want them equal", all)
	}
}

// audits is how many there were in this process, by their outcome.
func audits(t *testing.T) map[string]float64 {
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "coredns_kubenames_audits_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "outcome" {
					all[l.GetValue()] += m.GetCounter().GetValue()
				}
			}
		}
	}
	return all
}

// found is seeds that found something once: kubeadm's Corefile and classes that its forward lets in (31, 102), the first
// zone being one of imports (34), slices of imports without an import (39), noendpoints beside imports (62), no zone of
// imports at all (104, 183), host names below names of places (154), a Service without an address as name server (605).
var found = []uint64{31, 34, 39, 62, 102, 104, 154, 183, 605, 1097, 1189, 1192}

func TestFound(t *testing.T) {
	for _, seed := range found {
		pool := &trial.Pool{Size: trial.Size{Steps: 10, Questions: 2000, Changes: 6}, Width: 1}
		report, err := pool.Run(t.Context(), seed, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Faults {
			t.Error(f)
		}
	}
}
