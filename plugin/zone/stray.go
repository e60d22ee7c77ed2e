package zone

import (
	"fmt"
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// stray is an endpoint that one of two units has, and the other one has not, or otherwise.
type stray struct {
	slice *cluster.Slice
	at    int
}

func (s stray) endpoint() cluster.Endpoint { return s.slice.Endpoints.At(s.at) }

// straysOf is all strays of two units. In which slice an endpoint is, and where there, makes no difference.
func straysOf(old, now *unit) []stray {
	var gone, come []stray
	eachChange(old.parts(), now.parts(), func(before, after *cluster.Slice) {
		if before == nil {
			come = appendStrays(come, after, 0, after.Endpoints.Len())
			return
		}
		start, end, otherEnd := between(before, after)
		gone, come = appendStrays(gone, before, start, end), appendStrays(come, after, start, otherEnd)
	})
	if len(gone) == 0 || len(come) == 0 {
		return append(gone, come...)
	}
	return cancel(gone, come)
}

func appendStrays(all []stray, sl *cluster.Slice, from, to int) []stray {
	for i := from; i < to; i++ {
		all = append(all, stray{sl, i})
	}
	return all
}

// alike is all that DNS can see of an endpoint: two with the same are one that has moved.
type alike struct {
	endpoint              cluster.Endpoint
	place, cluster, ports string
}

// cancel leaves out what has gone in one place and come in another.
func cancel(gone, come []stray) []stray {
	ports := map[*cluster.Slice]string{}
	of := func(s stray) alike {
		text, ok := ports[s.slice]
		if !ok {
			text = fmt.Sprint(s.slice.Ports.All())
			ports[s.slice] = text
		}
		a := alike{endpoint: s.endpoint(), cluster: s.slice.Cluster(), ports: text}
		if places := s.slice.Places(); places != nil {
			a.place = places[s.at]
		}
		return a
	}
	counts := make(map[alike]int, len(gone))
	for _, s := range gone {
		counts[of(s)]++
	}
	come = slices.DeleteFunc(come, func(s stray) bool {
		a := of(s)
		counts[a]--
		return counts[a] >= 0
	})
	gone = slices.DeleteFunc(gone, func(s stray) bool {
		a := of(s)
		counts[a]--
		return counts[a] < 0
	})
	return append(gone, come...)
}

// between is where two slices begin to differ, and where each of them ends to; a nil one has no endpoints.
func between(a, b *cluster.Slice) (start, endA, endB int) {
	endA = a.Endpoints.Len()
	if b == nil {
		return 0, endA, 0
	}
	endB = b.Endpoints.Len()
	in, of := a.Places(), b.Places()
	if a.Cluster() != b.Cluster() || !a.Ports.Equal(b.Ports) || (in == nil) != (of == nil) {
		return 0, endA, endB
	}
	if in == nil {
		return a.Endpoints.Between(b.Endpoints)
	}
	return cluster.Between(endA, endB, func(i, j int) bool { return a.Endpoints.SameAt(i, b.Endpoints, j) && in[i] == of[j] })
}
