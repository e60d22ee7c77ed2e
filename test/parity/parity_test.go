package main

import (
	"testing"

	"github.com/kubenames/kubenames/test/parity/trial"
)

// TestParity tries a few seeds, so that the harness stays true; run the program for many.
func TestParity(t *testing.T) {
	report := &trial.Report{}
	for seed := range uint64(4) {
		if err := trial.Run(seed+1, trial.Size{Steps: 3, Questions: 200, Changes: 6}, report); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range report.Faults {
		t.Error(f)
	}
	t.Log(report)
}
