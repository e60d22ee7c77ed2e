package main

import (
	"testing"

	"github.com/kubenames/kubenames/test/parity/trial"
)

// TestParity tries a few seeds, so that the harness stays true; run the program for many.
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
}
