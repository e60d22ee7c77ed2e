package zone

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// An endpoint has one name: its hostname; or that of its pod, where that is asked for; or its address with dashes.

// chosenName is the label of the endpoint if it is not made of its address, else "".
func chosenName(e *cluster.Endpoint) string {
	if e.Hostname != "" {
		return e.Hostname
	}
	return e.Pod
}

// endpointLabel is the label of the endpoint.
func endpointLabel(e *cluster.Endpoint) string {
	if name := chosenName(e); name != "" {
		return name
	}
	var b [48]byte
	return string(appendDashed(b[:0], e.Addr))
}

// endpointName is the labels of an endpoint of the slice: its own, and, if it is imported, that of its cluster.
func endpointName(sl *cluster.Slice, e *cluster.Endpoint) string {
	if sl.Cluster == "" {
		return endpointLabel(e)
	}
	return endpointLabel(e) + "." + sl.Cluster
}

// named calls f with each endpoint of the name that is selected, and its slice, until f returns true, and reports
// whether it did. The endpoint is nil for a target of an FQDN slice.
func (u *unit) named(s *selector, f func(*cluster.Slice, *cluster.Endpoint) bool) bool {
	label := s.endpoint
	addr, dashed := parseDashed(label)
	if dashed {
		var b [48]byte
		dashed = bytes.Equal(appendDashed(b[:0], addr), label)
	}
	scan := func(sl *cluster.Slice) bool {
		if sl.Cluster != string(s.cluster) {
			return false
		}
		for i := range sl.Endpoints {
			e := &sl.Endpoints[i]
			name := chosenName(e)
			if is := name == string(label) || name == "" && dashed && e.Addr == addr; is && f(sl, e) {
				return true
			}
		}
		for _, h := range sl.FQDNs {
			if hostLabel(h) == string(label) && f(sl, nil) {
				return true
			}
		}
		return false
	}
	if u.index != nil {
		return u.index.find(label, addr, dashed, scan)
	}
	for _, sl := range u.slices {
		if scan(sl) {
			return true
		}
	}
	return false
}

// hostLabel is the label of a target of an FQDN slice, by the same rule: its dots are dashes.
func hostLabel(h cluster.Host) string {
	return cmp.Or(h.Hostname, h.Pod, strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-"))
}

// endpointAddresses is the addresses of the selected endpoint.
func (u *unit) endpointAddresses(z *Zone, s *selector) addresses {
	as := addresses{ttl: z.spec.TTL}
	u.named(s, func(_ *cluster.Slice, e *cluster.Endpoint) bool {
		if e != nil {
			as.add(e.Addr)
		}
		return false
	})
	return as
}
