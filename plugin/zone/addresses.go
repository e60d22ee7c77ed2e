package zone

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// addresses is the addresses of a name that has few of them.
type addresses struct {
	ttl   uint32
	first [2]netip.Addr
	n     int
	more  []netip.Addr            // all of them, when there are more than first holds
	seen  map[netip.Addr]struct{} // all of them, when there are many; else nil
}

// manyAddresses is from how many on it is faster to hash them than to look at each.
const manyAddresses = 32

// add adds an address unless it is there.
func (as *addresses) add(a netip.Addr) {
	switch {
	case as.has(a):
		return
	case as.n < len(as.first):
		as.first[as.n] = a
	case as.n == len(as.first):
		as.more = append(append(as.more, as.first[:]...), a)
	default:
		as.more = append(as.more, a)
	}
	as.n++
	switch {
	case as.seen != nil:
		as.seen[a] = struct{}{}
	case as.n == manyAddresses:
		as.seen = make(map[netip.Addr]struct{}, 2*manyAddresses)
		for _, a := range as.more {
			as.seen[a] = struct{}{}
		}
	}
}

// has reports whether the address is there.
func (as *addresses) has(a netip.Addr) bool {
	if as.seen != nil {
		_, ok := as.seen[a]
		return ok
	}
	return slices.Contains(as.first[:min(as.n, len(as.first))], a) || slices.Contains(as.more, a)
}

// records adds the records of a type.
func (as *addresses) records(r *answer.Reply, t uint16) {
	if t != dns.TypeA && t != dns.TypeAAAA {
		return
	}
	if as.more != nil {
		r.Set = answer.Addresses(t, as.ttl, as.more)
		return
	}
	var family [2]netip.Addr
	n := 0
	for _, a := range as.first[:as.n] {
		if answer.Family(a) == t {
			family[n] = a
			n++
		}
	}
	r.SetFew(family[:n]...)
}
