package zone

import (
	"bytes"
	"cmp"
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/answer"
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
	own := ownAddress(s.endpoint)
	scan := func(sl *cluster.Slice, label []byte) bool {
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
		return u.index.find(s.endpoint, own, scan)
	}
	for _, sl := range u.slices {
		if scan(sl, s.endpoint) {
			return true
		}
	}
	return false
}

// ownAddress is the address by which an endpoint has the label; the zero Addr if there is none.
func ownAddress(label []byte) (none netip.Addr) {
	if a, ok := parse4(label); ok {
		return a
	}
	var b [48]byte
	if a, ok := parse6(label); ok && bytes.Equal(appendDashed(b[:0], a), label) {
		return a
	}
	return none
}

// hostLabel is the label of a target of an FQDN slice, by the same rule: its dots are dashes.
func hostLabel(h cluster.Host) string {
	return cmp.Or(h.Name, strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-"))
}

// endpointAddresses adds the address records of the selected endpoint, which exists.
func (u *unit) endpointAddresses(z *Zone, r *answer.Reply, s *selector, t uint16) {
	if s.found.n <= len(s.found.first) {
		for _, f := range s.found.first[:s.found.n] {
			if f.at < 0 {
				continue
			}
			if a := f.slice.Endpoints.Addr(f.at); answer.Family(a) == t {
				r.AddFew(a)
			}
		}
		return
	}
	as := addresses{ttl: z.spec.TTL}
	u.named(s, func(sl *cluster.Slice, i int) bool {
		if i >= 0 {
			as.add(sl.Endpoints.Addr(i))
		}
		return false
	})
	as.records(r, t)
}
