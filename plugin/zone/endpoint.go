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
func endpointLabel(e *cluster.Endpoint) string {
	if name := cmp.Or(e.Hostname, e.Pod); name != "" {
		return name
	}
	var b [48]byte
	return string(appendDashed(b[:0], e.Addr))
}

// appendDashed appends the address as a label: a host name, so that it neither starts nor ends with a dash.
func appendDashed(dst []byte, a netip.Addr) []byte {
	start := len(dst)
	dst = a.AppendTo(dst)
	for i := start; i < len(dst); i++ {
		if dst[i] == '.' || dst[i] == ':' {
			dst[i] = '-'
		}
	}
	if dst[start] == '-' {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	if dst[len(dst)-1] == '-' {
		dst = append(dst, '0')
	}
	return dst
}

// parseDashed reads an address whose dots or colons are dashes: IPv4 if there are three dashes, none beside another.
func parseDashed(label []byte) (netip.Addr, bool) {
	dashes := bytes.Count(label, []byte("-"))
	if dashes == 3 && !bytes.Contains(label, []byte("--")) {
		return parse4(label)
	}
	if dashes < 2 {
		return netip.Addr{}, false
	}
	var b [64]byte
	text := b[:copy(b[:], label)]
	for i, c := range text {
		switch {
		case c == '-':
			text[i] = ':'
		case !('0' <= c && c <= '9' || 'a' <= c && c <= 'f'):
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(string(text))
	return a.Unmap(), err == nil
}

// parse4 reads four decimal numbers with dashes between them, without leading zeros.
func parse4(text []byte) (netip.Addr, bool) {
	var ip [4]byte
	part, digits, n := 0, 0, 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == '-' {
			if digits == 0 || part > 3 || n > 255 {
				return netip.Addr{}, false
			}
			ip[part] = byte(n)
			part, digits, n = part+1, 0, 0
			continue
		}
		if text[i] < '0' || text[i] > '9' || digits == 1 && n == 0 || digits == 3 {
			return netip.Addr{}, false
		}
		n, digits = n*10+int(text[i]-'0'), digits+1
	}
	return netip.AddrFrom4(ip), part == 4
}

// named calls f with each endpoint of that name, and its slice, until f returns true, and reports whether it did. The
// endpoint is nil for a target of an FQDN slice.
func (u *unit) named(label []byte, f func(*cluster.Slice, *cluster.Endpoint) bool) bool {
	addr, dashed := parseDashed(label)
	if dashed {
		var b [48]byte
		dashed = bytes.Equal(appendDashed(b[:0], addr), label)
	}
	scan := func(sl *cluster.Slice) bool {
		for i := range sl.Endpoints {
			e := &sl.Endpoints[i]
			is := dashed && e.Addr == addr
			if name := cmp.Or(e.Hostname, e.Pod); name != "" {
				is = name == string(label)
			}
			if is && f(sl, e) {
				return true
			}
		}
		for _, h := range sl.FQDNs {
			if hostLabel(h) == string(label) && f(sl, nil) {
				return true
			}
		}
		return false
	}
	if u.index != nil {
		return u.index.find(u, label, addr, dashed, scan)
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
	return cmp.Or(h.Hostname, h.Pod, strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-"))
}

// endpointAddresses is the addresses of the selected endpoint.
func (u *unit) endpointAddresses(z *Zone, s selector) addresses {
	as := addresses{ttl: z.spec.TTL}
	u.named(s.endpoint, func(_ *cluster.Slice, e *cluster.Endpoint) bool {
		if e != nil {
			as.add(e.Addr)
		}
		return false
	})
	return as
}

// owns reports whether the address is a cluster IP or an endpoint of the unit.
func (u *unit) owns(a netip.Addr) bool {
	if u == nil {
		return false
	}
	if u.service != nil {
		for _, ip := range u.service.IPs {
			if ip == a {
				return true
			}
		}
	}
	if u.index != nil {
		return u.index.has(a)
	}
	for _, sl := range u.slices {
		if lists(sl, a) {
			return true
		}
	}
	return false
}
