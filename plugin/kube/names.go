package kube

import (
	"net/netip"
	"strings"
)

// The longest a label and a name may be (RFC 1035 section 2.3.4). A name in text has neither its first
// length octet nor the root's: 255 on the wire is 253 in text.
const (
	longestLabel = 63
	longestName  = 253
)

// label reports whether s can stand as one label of a name in lower case. An underscore may, so that
// manifests can say what an API server would not take.
func label(s string) bool {
	if s == "" || len(s) > longestLabel {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// hostLabel reports whether s is a label of a host name in lower case (RFC 1123 section 2.1).
func hostLabel(s string) bool {
	return label(s) && alphanumeric(s[0]) && alphanumeric(s[len(s)-1]) && !strings.Contains(s, "_")
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

// host is the name in lower case and fully qualified, or "" if a CNAME cannot lead there: it is no name,
// or an address.
func host(s string) string {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	if s == "" || len(s) > longestName {
		return ""
	}
	for l := range strings.SplitSeq(s, ".") {
		if !label(l) {
			return ""
		}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	return s + "."
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
