package answer

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// Same reports whether two replies have the same records in their answer sections, in any order. An SOA does not
// count. Neither may be by SetPointer.
func (r *Reply) Same(o *Reply) bool {
	if !slices.Equal(r.CNAMEs, o.CNAMEs) {
		return false
	}
	a, b := r.addresses(), o.addresses()
	if len(a) > 0 || len(b) > 0 {
		return sameOf(a, b, netip.Addr.Compare)
	}
	return r.Set.Same(o.Set)
}

// addresses is the addresses of A and AAAA records.
func (r *Reply) addresses() []netip.Addr {
	all := slices.Clone(r.few[:r.count])
	if r.Set != nil {
		for at := fixed; at < len(r.Set.addrs); at += r.Set.stride() {
			a, _ := netip.AddrFromSlice(r.Set.addrs[at : at+r.Set.stride()-fixed])
			all = append(all, a)
		}
	}
	return all
}

// Same reports whether two sets have the same records, in any order; additional ones do not count.
func (s *Set) Same(o *Set) bool {
	if s.Len() != o.Len() || s.Len() == 0 {
		return s.Len() == o.Len()
	}
	if s.typ != o.typ || s.ttl != o.ttl || s.text != o.text || s.rel != o.rel {
		return false
	}
	a, b := Reply{Set: s}, Reply{Set: o}
	return sameOf(a.addresses(), b.addresses(), netip.Addr.Compare) &&
		sameOf(s.srv, o.srv, func(a, b SRV) int {
			return cmp.Or(strings.Compare(a.Label, b.Label), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Weight, b.Weight))
		}) &&
		sameOf(s.names, o.names, Name.Compare)
}

// sameOf reports whether two lists have the same elements, in any order.
func sameOf[T comparable](a, b []T, compare func(a, b T) int) bool {
	return len(a) == len(b) && (slices.Equal(a, b) || slices.Equal(slices.SortedFunc(slices.Values(a), compare), slices.SortedFunc(slices.Values(b), compare)))
}
