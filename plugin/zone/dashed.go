package zone

import (
	"bytes"
	"net/netip"
)

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
	if like4(label) {
		return parse4(label)
	}
	if bytes.Count(label, []byte("-")) < 2 {
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

// like4 reports whether the label is an IPv4 address if it is any.
func like4(label []byte) bool {
	return bytes.Count(label, []byte("-")) == 3 && !bytes.Contains(label, []byte("--"))
}

// parse4 reads four decimal numbers with dashes between them, without leading zeros: there is one way to write each address.
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
