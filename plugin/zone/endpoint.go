package zone

import (
	"bytes"
	"cmp"
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// An endpoint has one name: its hostname; or that of its pod, where that is asked for; or its address with dashes.

// endpointLabel is the label of the endpoint.
func endpointLabel(e cluster.Endpoint) string {
	if e.Name != "" {
		return e.Name
	}
	var b [48]byte
	return string(appendDashed(b[:0], e.Addr))
}

// endpointName is the labels of an endpoint of the slice: its own, and, if it is imported, that of its cluster.
func endpointName(sl *cluster.Slice, e cluster.Endpoint) string {
	if sl.Cluster() == "" {
		return endpointLabel(e)
	}
	return endpointLabel(e) + "." + sl.Cluster()
}

// named calls f with each endpoint of the name that is selected, as its slice and the index in it, until f returns true, and
// reports whether it did. The index is -1 for a target of an FQDN slice.
func (u *unit) named(s *selector, f func(*cluster.Slice, int) bool) bool {
	label := s.endpoint
	addr, dashed := parseDashed(label)
	if dashed {
		var b [48]byte
		dashed = bytes.Equal(appendDashed(b[:0], addr), label)
	}
	var own netip.Addr // by which an endpoint has the label
	if dashed {
		own = addr
	}
	scan := func(sl *cluster.Slice) bool {
		if sl.Cluster() != string(s.cluster) {
			return false
		}
		for i := sl.Endpoints.Index(label, own, 0); i >= 0; i = sl.Endpoints.Index(label, own, i+1) {
			if f(sl, i) {
				return true
			}
		}
		for _, h := range sl.FQDNs() {
			if hostLabel(h) == string(label) && f(sl, -1) {
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
	return cmp.Or(h.Name, strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-"))
}

// endpointAddresses is the addresses of the selected endpoint.
func (u *unit) endpointAddresses(z *Zone, s *selector) addresses {
	as := addresses{ttl: z.spec.TTL}
	u.named(s, func(sl *cluster.Slice, i int) bool {
		if i >= 0 {
			as.add(sl.Endpoints.Addr(i))
		}
		return false
	})
	return as
}
