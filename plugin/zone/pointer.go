package zone

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// point adds the PTR records of an address.
func (z *Zone) point(v *view, q *answer.Query, r *answer.Reply, a netip.Addr) {
	var b [2 * longestName]byte
	if target, ok := z.onlyPointer(v, a, b[:0]); !ok || !r.SetPointer(q, target) {
		r.Set = z.pointers(v, a)
	}
}

// onlyPointer appends the target of the only PTR record of an address, on the wire. Most have no more; it is false for
// those of which one has to look closer.
func (z *Zone) onlyPointer(v *view, a netip.Addr, dst []byte) ([]byte, bool) {
	id, _ := v.owners.at(a)
	if id == nil {
		return dst, false
	}
	u, end := v.unitOf(id), z.primaryEnd
	if id.imported {
		end = z.clustersetEnd
	}
	if u == nil || end == (answer.Suffix{}) {
		return dst, false
	}
	if u.service == nil || !slices.Contains(u.service.IPs, a) {
		slice, endpoint, n := u.onlyAt(a)
		if n != 1 {
			return dst, false
		}
		dst = appendEndpoint(dst, slice, endpoint)
	}
	dst = appendLabel(append(dst, u.id.wire...), "svc")
	return end.Append(dst), len(dst)+z.longest+1 <= longestName
}

// onlyAt is an endpoint that has the address, and how many have.
func (u *unit) onlyAt(a netip.Addr) (slice *cluster.Slice, endpoint *cluster.Endpoint, n int) {
	look := func(sl *cluster.Slice) bool {
		for i := range sl.Endpoints {
			if e := &sl.Endpoints[i]; e.Addr == a {
				slice, endpoint, n = sl, e, n+1
			}
		}
		return true
	}
	if u.index != nil {
		u.index.each(addressHandle(a), look)
		return slice, endpoint, n
	}
	for _, sl := range u.slices {
		look(sl)
	}
	return slice, endpoint, n
}

// appendEndpoint appends the labels of an endpoint of the slice, on the wire.
func appendEndpoint(dst []byte, sl *cluster.Slice, e *cluster.Endpoint) []byte {
	if name := chosenName(e); name != "" {
		dst = appendLabel(dst, name)
	} else {
		at := len(dst)
		dst = appendDashed(append(dst, 0), e.Addr)
		dst[at] = byte(len(dst) - at - 1)
	}
	if sl.Cluster != "" {
		dst = appendLabel(dst, sl.Cluster)
	}
	return dst
}

func appendLabel(dst []byte, label string) []byte {
	return append(append(dst, byte(len(label))), label...)
}
