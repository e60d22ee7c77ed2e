package zone

import (
	"net/netip"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// point adds the PTR records of an address.
func (z *Zone) point(v *view, q *answer.Query, r *answer.Reply, n *node) {
	if n.owner != nil {
		if target, ok := z.onlyPointer(v, n.owner, n.addr, q.Target()); ok && r.SetPointer(q, target) {
			return
		}
	}
	r.Set = z.pointers(v, n.addr)
}

// onlyPointer appends the target of the only PTR record of an address that one alone has, on the wire. Most have no more; it
// is false for those of which one has to look closer.
func (z *Zone) onlyPointer(v *view, id *ident, a netip.Addr, dst []byte) ([]byte, bool) {
	u, end := v.unitOf(id), z.primaryEnd
	if id.imported {
		end = z.clustersetEnd
	}
	if u == nil || end == (answer.Suffix{}) {
		return dst, false
	}
	if u.service == nil || !u.service.IPs.Has(a) {
		slice, endpoint, n := u.onlyAt(a)
		if n != 1 {
			return dst, false
		}
		dst = appendEndpoint(dst, slice, slice.Endpoints.At(endpoint))
	}
	dst = appendLabel(append(dst, u.id.wire...), "svc")
	return end.Append(dst), len(dst)+z.longest+1 <= longestName
}

// onlyAt is an endpoint that has the address, and how many have.
func (u *unit) onlyAt(a netip.Addr) (slice *cluster.Slice, endpoint, n int) {
	look := func(sl *cluster.Slice) bool {
		all := sl.Endpoints.Addrs()
		for i := all.Index(a, 0); i >= 0; i = all.Index(a, i+1) {
			slice, endpoint, n = sl, i, n+1
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
func appendEndpoint(dst []byte, sl *cluster.Slice, e cluster.Endpoint) []byte {
	if e.Name != "" {
		dst = appendLabel(dst, e.Name)
	} else {
		at := len(dst)
		dst = appendDashed(append(dst, 0), e.Addr)
		dst[at] = byte(len(dst) - at - 1)
	}
	if sl.Cluster() != "" {
		dst = appendLabel(dst, sl.Cluster())
	}
	return dst
}

func appendLabel(dst []byte, label string) []byte {
	return append(append(dst, byte(len(label))), label...)
}
