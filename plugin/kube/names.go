package kube

import (
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// label reports whether s can stand as one label of a name in lower case.
func label(s string) bool { return cluster.Label(s) }

// hostLabel reports whether s is a label of a host name in lower case.
func hostLabel(s string) bool { return cluster.HostLabel(s) }

// host is the name in lower case and fully qualified, or "" if a CNAME cannot lead there: it is no name,
// or an address.
func host(s string) string {
	s = strings.TrimSuffix(strings.ToLower(s), ".") + "."
	if !cluster.Target(s) {
		return ""
	}
	return s
}

// addr parses an address. One that has a zone is none: no other host could use it.
func addr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// port is the number, or 0 if it is none of a port.
func port(n int32) uint16 {
	if n < 1 || n > 65535 {
		return 0
	}
	return uint16(n)
}

// portName is the name in lower case, or "" if it cannot follow the underscore of an SRV owner.
func portName(s string) string {
	s = strings.ToLower(s)
	if !label(s) || strings.Contains(s, "_") {
		return ""
	}
	return s
}

// protocol is the name in lower case, or "" if it is not one that Services have.
func protocol(s string) string {
	switch s {
	case "TCP", "tcp":
		return "tcp"
	case "UDP", "udp":
		return "udp"
	case "SCTP", "sctp":
		return "sctp"
	}
	return ""
}
