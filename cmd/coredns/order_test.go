package main

import (
	"slices"
	"testing"

	"github.com/coredns/coredns/core/dnsserver"
)

func TestWithKubenames(t *testing.T) {
	for _, tc := range []struct {
		name        string
		order, want []string
	}{
		{"in front of kubernetes", []string{"cache", "kubernetes", "forward"}, []string{"cache", "kubenames", "kubernetes", "forward"}},
		{"kubernetes first", []string{"kubernetes"}, []string{"kubenames", "kubernetes"}},
		{"no kubernetes", []string{"cache", "forward"}, []string{"cache", "forward", "kubenames"}},
		{"there already", []string{"kubenames", "cache", "kubernetes"}, []string{"kubenames", "cache", "kubernetes"}},
		{"empty", nil, []string{"kubenames"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := slices.Clone(tc.order)
			if got := withKubenames(tc.order); !slices.Equal(got, tc.want) {
				t.Errorf("withKubenames(%v) = %v, want %v", tc.order, got, tc.want)
			}
			if !slices.Equal(tc.order, before) {
				t.Errorf("argument is now %v, want %v: the caller's order is its own", tc.order, before)
			}
		})
	}
}

// TestCoreDNSOrder holds this binary's order against the one of the CoreDNS it
// is built with: one directive more, and nothing else moved.
func TestCoreDNSOrder(t *testing.T) {
	got := withKubenames(dnsserver.Directives)
	at := slices.Index(got, "kubenames")
	if at < 0 || at+1 == len(got) || got[at+1] != "kubernetes" {
		t.Fatalf("kubenames at %d of %v, want it just before kubernetes", at, got)
	}
	if rest := slices.Delete(got, at, at+1); !slices.Equal(rest, dnsserver.Directives) {
		t.Errorf("the others are %v, want %v", rest, dnsserver.Directives)
	}
}
