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
	more  []netip.Addr // all of them, when there are more than first holds
}

// add adds an address unless it is there.
func (as *addresses) add(a netip.Addr) {
	switch {
	case slices.Contains(as.first[:min(as.n, len(as.first))], a) || slices.Contains(as.more, a):
		return
	case as.n < len(as.first):
		as.first[as.n] = a
	case as.n == len(as.first):
		as.more = append(append(as.more, as.first[:]...), a)
	default:
		as.more = append(as.more, a)
	}
	as.n++
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
