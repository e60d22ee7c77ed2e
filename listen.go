package kubenames

import (
	"net"
	"net/netip"
)

// listening is the addresses at which clients reach a server that is bound to the hosts: the hosts themselves, or, for
// the wildcard, the machine's addresses that others can use.
func listening(hosts []string) []netip.Addr {
	var addrs []netip.Addr
	for _, h := range hosts {
		a, err := netip.ParseAddr(h)
		if err != nil || a.IsUnspecified() {
			return machine()
		}
		if !a.IsLinkLocalUnicast() {
			addrs = append(addrs, a.Unmap().WithZone(""))
		}
	}
	return addrs
}

// machine is the addresses of the machine, without loopback and link-local ones.
func machine() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, n := range all {
		p, err := netip.ParsePrefix(n.String())
		if err != nil {
			continue
		}
		if a := p.Addr().Unmap(); a.IsGlobalUnicast() {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
