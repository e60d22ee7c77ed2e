package zone

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// locateAddress finds names in the reverse trees: of addresses (RFC 1035 3.5, RFC 3596 2.5), and of the inside of the
// trees.
func (z *Zone) locateAddress(v *view, q *answer.Query, n *node) {
	k, nibbles, a := reverseAddress(q)
	switch {
	case a.IsValid():
		alone, shared := v.owners.at(a)
		if alone == nil && shared == nil {
			n.why = NoAddress
			return
		}
		n.kind, n.addr, n.owner = addressName, a, alone
	case nibbles == 0:
		return
	default:
		s := span{k, nibbles, width4}
		if string(q.Label(q.Labels()-2)) == "ip6" {
			s.width = width6
		}
		n.why = NoAddress
		if v.owners.any(s) {
			n.kind, n.why = innerReverse, Nothing
		}
	}
}

// reverseAddress reads a reverse name: its address if it is a whole one, else the nibbles that it has. No nibbles: it
// is no such name.
func reverseAddress(q *answer.Query) (k key, nibbles uint8, a netip.Addr) {
	n := q.Labels() - 2
	if n < 1 || string(q.Label(n+1)) != "arpa" {
		return key{}, 0, a
	}
	switch string(q.Label(n)) {
	case "in-addr":
		ip, ok := octets(q.Front(n))
		if !ok {
			return key{}, 0, a
		}
		a = netip.AddrFrom4(ip)
		if n < 4 {
			k, _ = addressKey(a)
			return k, uint8(2 * n), netip.Addr{}
		}
	case "ip6":
		var ip [16]byte
		for i := range n {
			b, ok := nibble(q.Label(n - 1 - i))
			if !ok || n > 32 {
				return key{}, 0, a
			}
			ip[i/2] |= b << (4 * (1 - i%2))
		}
		a = netip.AddrFrom16(ip)
		if n < 32 {
			k, _ = addressKey(a)
			return k, uint8(n), netip.Addr{}
		}
		if a.Is4In6() {
			return key{}, 0, netip.Addr{} // IPv4 addresses have names in the other tree
		}
	}
	if !a.IsValid() {
		return key{}, 0, a
	}
	return key{}, 1, a
}

// newSpan is the span of the reverse zone of that name.
func newSpan(q *answer.Query) (s span) {
	k, nibbles, a := reverseAddress(q)
	switch {
	case string(q.Label(q.Labels()-2)) == "ip6":
		s = span{k, nibbles, width6}
	default:
		s = span{k, nibbles, width4}
	}
	switch {
	case a.IsValid():
		s.key, _ = addressKey(a)
		s.nibbles = s.width
	case nibbles == 0 && q.Labels() > 2:
		return span{}
	}
	return s
}

// octets reads the labels of up to four octets, of which the first is the last of the wire.
func octets(wire []byte) (ip [4]byte, ok bool) {
	var all uint32
	for n := 0; len(wire) > 0; n++ {
		size, o := int(wire[0]), uint32(0)
		if size > 3 || size >= len(wire) || n == len(ip) {
			return ip, false
		}
		for _, c := range wire[1 : 1+size] {
			d := uint32(c) - '0'
			if d > 9 {
				return ip, false
			}
			o = o*10 + d
		}
		if o > 255 || size > 1 && wire[1] == '0' {
			return ip, false
		}
		all, wire = all>>8|o<<24, wire[1+size:]
	}
	binary.BigEndian.PutUint32(ip[:], all)
	return ip, true
}

func nibble(label []byte) (byte, bool) {
	if len(label) != 1 {
		return 0, false
	}
	switch c := label[0]; {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// pointers is the PTR records of an address: the Service whose cluster IP it is, or else every endpoint that has it.
// Names that somebody chose come first.
// What is imported from other clusters has them where nothing of this cluster has (Multi-Cluster Services DNS 2.4.3).
func (z *Zone) pointers(v *view, a netip.Addr) *answer.Set {
	own, imported := v.unitsAt(a)
	if set := z.pointersInto(z.primary, own, a); set != nil {
		return set
	}
	return z.pointersInto(z.clusterset, imported, a)
}

// pointersInto is the PTR records of an address that some units of one forward zone have.
func (z *Zone) pointersInto(origin string, us []*unit, a netip.Addr) *answer.Set {
	var chosen, dashed, ips []answer.Name
	for _, u := range us {
		inner := u.rel()
		if !z.nameable("", inner) {
			continue
		}
		rel := join(inner, origin)
		if u.service != nil && u.service.IPs.Has(a) {
			ips = append(ips, answer.Name{Rel: rel})
			continue
		}
		u.at(a, func(label string, byAddress bool) {
			list := &chosen
			if byAddress {
				list = &dashed
			}
			if z.nameable(label, inner) {
				*list = append(*list, answer.Name{Label: label, Rel: rel})
			}
		})
	}
	if len(ips) > 0 {
		slices.SortFunc(ips, answer.Name.Compare)
		return answer.Names(dns.TypePTR, z.spec.TTL, ips[:1], nil)
	}
	slices.SortFunc(chosen, answer.Name.Compare)
	slices.SortFunc(dashed, answer.Name.Compare)
	chosen = slices.Compact(chosen)
	if z.spec.Strict.Pointers && len(chosen) > 0 {
		dashed = nil
	}
	all := slices.Clip(chosen)
	for _, n := range slices.Compact(dashed) {
		if _, known := slices.BinarySearchFunc(chosen, n, answer.Name.Compare); !known { // somebody's hostname may be spelled like an address
			all = append(all, n)
		}
	}
	return answer.Names(dns.TypePTR, z.spec.TTL, all, nil)
}

// at calls f with the label of each endpoint that has the address.
func (u *unit) at(a netip.Addr, f func(label string, byAddress bool)) {
	for _, sl := range u.slicesAt(a) {
		all := sl.Endpoints.Addrs()
		for i := all.Index(a, 0); i >= 0; i = all.Index(a, i+1) {
			e := sl.Endpoints.At(i)
			f(endpointName(sl, e), e.Name == "")
		}
	}
}

// unitsAt is the units that have the address, in any order: those of Services, and those of ServiceImports.
func (v *view) unitsAt(a netip.Addr) (own, imported []*unit) {
	v.owners.each(a, func(id *ident) {
		switch u := v.unitOf(id); {
		case u == nil:
		case id.imported:
			imported = append(imported, u)
		default:
			own = append(own, u)
		}
	})
	return own, imported
}
