package zone

import "net/netip"

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

// parseDashed reads an address whose dots or colons are dashes. None is of both families: one of IPv6 with three dashes has two
// beside each other.
func parseDashed(label []byte) (netip.Addr, bool) {
	if a, ok := parse4(label); ok {
		return a, true
	}
	return parse6(label)
}

// parse4 reads four decimal numbers with dashes between them, without leading zeros: there is one way to write each address.
func parse4(text []byte) (none netip.Addr, ok bool) {
	var ip, n uint32
	dashes, digits := 0, 0
	for _, c := range text {
		switch d := uint32(c) - '0'; {
		case d <= 9:
			if digits > 0 && n == 0 || n*10+d > 255 {
				return none, false
			}
			n, digits = n*10+d, digits+1
		case c != '-' || digits == 0:
			return none, false
		default:
			ip, n = ip<<8|n, 0
			dashes, digits = dashes+1, 0
		}
	}
	if dashes != 3 || digits == 0 {
		return none, false
	}
	return key4(ip<<8 | n).address(), true
}

// parse6 reads an IPv6 address whose colons are dashes.
func parse6(label []byte) (none netip.Addr, ok bool) {
	var b [64]byte
	text, dashes := b[:min(len(b), len(label))], 0
	for i := range text {
		switch c := label[i]; {
		case c == '-':
			text[i] = ':'
			dashes++
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f':
			text[i] = c
		default:
			return none, false
		}
	}
	if dashes < 2 {
		return none, false // as it is, an error would be made of it
	}
	a, err := netip.ParseAddr(string(text))
	return a.Unmap(), err == nil
}
