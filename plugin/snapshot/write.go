package snapshot

import (
	"encoding/binary"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// What an object has, as bits of a byte.
const (
	hasSelector = 1 << iota
	hasExternal
	hasOutside
	hasBeside
	hasPlaces
	onHost
)

// appendObject appends the object, but for what its kind tells.
func appendObject(b []byte, o cluster.Object) []byte {
	switch o := o.(type) {
	case *cluster.Namespace:
		return appendText(b, o.Name)
	case *cluster.Service:
		return appendService(b, o)
	case *cluster.Slice:
		return appendSlice(b, o)
	case *cluster.Pod:
		b = appendText(appendText(b, o.Namespace), o.Name)
		b = appendAddrs(append(b, bit(o.Host, onHost)), o.IPs)
		b = appendCount(b, len(o.Labels))
		for k, v := range o.Labels {
			b = appendText(appendText(b, k), v)
		}
	}
	return b
}

func appendService(b []byte, s *cluster.Service) []byte {
	b = appendText(appendText(b, s.Namespace), s.Name)
	b = append(b, byte(s.Type), bit(s.Selects, hasSelector)|bit(s.External != nil, hasExternal)|bit(s.Outside != nil, hasOutside))
	b = appendPorts(appendAddrs(b, s.IPs), s.Ports)
	if s.External != nil {
		b = appendText(b, *s.External)
	}
	if s.Outside != nil {
		b = appendTexts(appendAddrs(b, s.Outside.IPs), s.Outside.Hosts)
	}
	return b
}

func appendSlice(b []byte, s *cluster.Slice) []byte {
	b = appendText(appendText(appendText(b, s.Namespace), s.Name), s.Service)
	b = append(b, bit(s.Beside != nil, hasBeside)|bit(s.Places() != nil, hasPlaces))
	b = appendPorts(b, s.Ports)
	b = appendCount(b, s.Endpoints.Len())
	for _, e := range s.Endpoints.All() {
		b = appendText(appendAddr(b, e.Addr.AsSlice()), e.Name)
	}
	if s.Beside == nil {
		return b
	}
	b = appendAddrs(appendText(b, s.Cluster()), s.Unready())
	b = appendCount(b, len(s.FQDNs()))
	for _, h := range s.FQDNs() {
		b = appendText(appendText(b, h.Target), h.Name)
	}
	if s.Places() != nil {
		b = appendTexts(b, s.Places())
	}
	return b
}

func bit(has bool, what byte) byte {
	if has {
		return what
	}
	return 0
}

func appendCount(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func appendText(b []byte, s string) []byte { return append(appendCount(b, len(s)), s...) }

func appendTexts(b []byte, all []string) []byte {
	b = appendCount(b, len(all))
	for _, s := range all {
		b = appendText(b, s)
	}
	return b
}

// appendAddr appends an address of four or sixteen bytes.
func appendAddr(b, ip []byte) []byte { return append(append(b, byte(len(ip))), ip...) }

func appendAddrs(b []byte, all cluster.Addrs) []byte {
	b = appendCount(b, all.Len())
	for a := range all.All() {
		b = appendAddr(b, a.AsSlice())
	}
	return b
}

func appendPorts(b []byte, all cluster.Ports) []byte {
	b = appendCount(b, len(all.All()))
	for _, p := range all.All() {
		b = appendText(appendText(b, p.Name), p.Protocol)
		b = binary.BigEndian.AppendUint16(b, p.Number)
	}
	return b
}
