package snapshot

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// body is the bytes of one object.
type body struct {
	d     *decoder
	rest  []byte
	short bool // something was not there
}

func (b *body) object(k cluster.Kind) cluster.Object {
	switch k {
	case cluster.KindNamespace:
		return &cluster.Namespace{Name: b.shared()}
	case cluster.KindService, cluster.KindImport:
		return b.service(k == cluster.KindImport)
	case cluster.KindSlice, cluster.KindImportSlice:
		return b.slice(k == cluster.KindImportSlice)
	}
	p := &cluster.Pod{Namespace: b.shared(), Name: b.text()}
	p.Host = b.byte()&onHost != 0
	p.IPs = b.addrs()
	if n := b.count(2); n > 0 {
		p.Labels = map[string]string{}
		for range n {
			k := b.shared()
			p.Labels[k] = b.shared()
		}
	}
	return p
}

func (b *body) service(imported bool) *cluster.Service {
	s := &cluster.Service{Namespace: b.shared(), Name: b.text(), Imported: imported, Type: cluster.ServiceType(b.byte())}
	has := b.byte()
	s.Selects = has&hasSelector != 0
	s.IPs, s.Ports = b.addrs(), b.ports()
	if has&hasExternal != 0 {
		s.External = new(b.text())
	}
	if has&hasOutside != 0 {
		s.Outside = &cluster.Outside{IPs: b.addrs(), Hosts: b.list(b.text)}
	}
	return s
}

func (b *body) slice(imported bool) *cluster.Slice {
	s := &cluster.Slice{Namespace: b.shared(), Name: b.text(), Imported: imported}
	s.Service = b.owner(s.Name)
	has := b.byte()
	s.Ports = b.ports()
	var all cluster.EndpointsBuilder
	n := b.count(6)
	all.Grow(n)
	for range n {
		if a := b.addr(); a.IsValid() {
			all.Add(a, b.text())
		}
	}
	s.Endpoints = all.Endpoints()
	if has&hasBeside == 0 {
		return s
	}
	s.Beside = &cluster.Beside{Cluster: b.shared(), Unready: b.addrs()}
	for range b.count(2) {
		s.Beside.FQDNs = append(s.Beside.FQDNs, cluster.Host{Target: b.text(), Name: b.text()})
	}
	if has&hasPlaces != 0 {
		if s.Beside.Places = b.list(b.shared); s.Beside.Places == nil {
			s.Beside.Places = []string{}
		}
	}
	return s
}

// count is how many things are to come, each of which takes so many bytes at least.
func (b *body) count(least int) int {
	n, size := binary.Uvarint(b.rest)
	if size <= 0 || n > uint64(len(b.rest)-size)/uint64(least) {
		b.end()
		return 0
	}
	b.rest = b.rest[size:]
	return int(n)
}

// end ends the reading: all that is still read is empty.
func (b *body) end() { b.short, b.rest = true, nil }

// bytes is the next n bytes; nil if there are not so many.
func (b *body) bytes(n int) []byte {
	if n > len(b.rest) {
		b.end()
		return nil
	}
	bytes := b.rest[:n:n]
	b.rest = b.rest[n:]
	return bytes
}

func (b *body) byte() byte {
	if one := b.bytes(1); one != nil {
		return one[0]
	}
	return 0
}

func (b *body) text() string { return string(b.bytes(b.count(1))) }

// shared is a text that many objects repeat.
func (b *body) shared() string {
	text := b.bytes(b.count(1))
	known, ok := b.d.texts[string(text)]
	if !ok {
		known = string(text)
		b.d.texts[known] = known
	}
	return known
}

// owner is the name of a slice's Service: most often it is what the slice's own name begins with.
func (b *body) owner(slice string) string {
	text := b.bytes(b.count(1))
	if strings.HasPrefix(slice, string(text)) {
		return slice[:len(text)]
	}
	return string(text)
}

// list is some texts, each by way of one; nil if there are none.
func (b *body) list(one func() string) (all []string) {
	for range b.count(1) {
		all = append(all, one())
	}
	return all
}

// addr is an address; the zero Addr if there is none.
func (b *body) addr() netip.Addr {
	a, ok := netip.AddrFromSlice(b.bytes(int(b.byte())))
	if !ok {
		b.end()
	}
	return a
}

func (b *body) addrs() cluster.Addrs {
	var all cluster.AddrsBuilder
	n := b.count(5)
	all.Grow(n)
	for range n {
		if a := b.addr(); a.IsValid() {
			all.Add(a)
		}
	}
	return all.Addrs()
}

func (b *body) ports() cluster.Ports {
	start := b.rest
	var all []cluster.Port
	for range b.count(4) {
		p := cluster.Port{Name: b.shared(), Protocol: b.shared()}
		if n := b.bytes(2); n != nil {
			p.Number = binary.BigEndian.Uint16(n)
		}
		all = append(all, p)
	}
	if b.short || len(all) == 0 {
		return cluster.Ports{}
	}
	text := start[:len(start)-len(b.rest)]
	known, ok := b.d.ports[string(text)]
	if !ok {
		known = cluster.PortsOf(all...)
		b.d.ports[string(text)] = known
	}
	return known
}
