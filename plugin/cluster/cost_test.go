package cluster

import (
	"fmt"
	"testing"
)

// addresses is so many of them, from a number on.
func addresses(from, n int) (all []string) {
	for i := from; i < from+n; i++ {
		all = append(all, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	return all
}

// filled is a state with a service of 5,000 endpoints in slices of a hundred, and a thousand others.
func filled() *State {
	s := NewState()
	changes := []Change{Put(&Namespace{"testns"}), Put(service("big"))}
	for from := 0; from < 5000; from += 100 {
		changes = append(changes, Put(slice(fmt.Sprintf("big-%05d", from), "big", addresses(from, 100)...)))
	}
	for i := range 1000 {
		name := fmt.Sprintf("service-%d", i)
		changes = append(changes, Put(service(name, fmt.Sprintf("10.96.%d.%d", i>>8, i&255))), Put(slice(name, name, addresses(10_000+10*i, 10)...)))
	}
	s.Apply(changes...)
	return s
}

// BenchmarkApply applies one change and the one that takes it back, in turns.
func BenchmarkApply(b *testing.B) {
	all := addresses(0, 100)
	unready := append([]string{"!" + all[0]}, all[1:]...)
	for _, c := range []struct {
		name      string
		do, undo  Change
		invisible bool // to DNS
	}{
		{"service", Put(service("new", "10.97.0.1")), Gone(service("new").Ref()), false},
		{"slice_of_10", Put(slice("new", "service-1", addresses(90_000, 10)...)), Gone(slice("new", "service-1").Ref()), false},
		{"one_endpoint_of_5000", Put(slice("big-00000", "big", unready...)), Put(slice("big-00000", "big", all...)), false},
		{"slice_of_100_that_is_the_same", Put(slice("big-00000", "big", all...)), Put(slice("big-00000", "big", all...)), true},
		{"pod", Put(pod("new", "10.200.0.1")), Gone(pod("new").Ref()), false},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := filled()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				change := c.do
				if i%2 == 1 {
					change = c.undo
				}
				if got := s.Apply(change).Empty(); got != c.invisible {
					b.Fatalf("step %d: DNS cannot see it: %v, want %v", i, got, c.invisible)
				}
			}
		})
	}
}
