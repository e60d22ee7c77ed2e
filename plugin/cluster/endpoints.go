package cluster

import (
	"iter"
	"net/netip"
)

// Endpoint is one ready address of a Slice.
type Endpoint struct {
	Addr netip.Addr // never IPv4-mapped
	Name string     // its hostname, or else the name of its pod if names are made of it: a DNS label in lower case; or ""
}

// Endpoints is the ready addresses of a Slice, in API order, packed: names cost nothing where no endpoint has one. It is
// immutable; the zero value is empty.
type Endpoints struct {
	addrs Addrs
	names *names // nil: no endpoint has one
}

// EndpointsOf is the list of those endpoints.
func EndpointsOf(list ...Endpoint) Endpoints {
	var b EndpointsBuilder
	b.Grow(len(list))
	for _, e := range list {
		b.Add(e.Addr, e.Name)
	}
	return b.Endpoints()
}

// Len is the number of endpoints.
func (l Endpoints) Len() int { return l.addrs.Len() }

// At is the endpoint at the index.
func (l Endpoints) At(i int) Endpoint { return Endpoint{l.addrs.At(i), l.Name(i)} }

// All is the endpoints with their indices, in order.
func (l Endpoints) All() iter.Seq2[int, Endpoint] {
	return func(yield func(int, Endpoint) bool) {
		for i := range l.Len() {
			if !yield(i, l.At(i)) {
				return
			}
		}
	}
}

// Addr is the address of the endpoint at the index.
func (l Endpoints) Addr(i int) netip.Addr { return l.addrs.At(i) }

// Name is the name of the endpoint at the index.
func (l Endpoints) Name(i int) string {
	if l.names == nil {
		return ""
	}
	return l.names.at(i)
}

// Index is the first endpoint, from an index on, that has the name, or the address and no name; -1: there is none. The zero
// Addr is nobody's.
func (l Endpoints) Index(name []byte, a netip.Addr, from int) int {
	if l.names == nil {
		return l.addrs.Index(a, from)
	}
	named := l.names.index(name, from)
	for i := l.addrs.Index(a, from); i >= 0 && (named < 0 || i < named); i = l.addrs.Index(a, i+1) {
		if l.Name(i) == "" {
			return i
		}
	}
	return named
}

// Addrs is the addresses of the endpoints, in the same order.
func (l Endpoints) Addrs() Addrs { return l.addrs }

// Equal reports whether the lists have the same endpoints in the same order.
func (l Endpoints) Equal(m Endpoints) bool {
	return l.addrs == m.addrs && (l.names == m.names || l.names != nil && m.names != nil && *l.names == *m.names)
}

// SameAt reports whether one endpoint of the list is the same as one of the other list.
func (l Endpoints) SameAt(i int, m Endpoints, j int) bool {
	return l.addrs.sameAt(i, m.addrs, j) && l.Name(i) == m.Name(j)
}

// EndpointsBuilder makes a list. The zero value is ready; one goroutine at a time may use it, and makes one list.
type EndpointsBuilder struct {
	addrs AddrsBuilder
	n     int
	text  []byte
	ends  []int // of the names in the text; nil while there are none
}

// Grow makes room for as many endpoints.
func (b *EndpointsBuilder) Grow(n int) { b.addrs.Grow(n) }

// Add appends an endpoint. It keeps nothing of the name but a copy.
func (b *EndpointsBuilder) Add(a netip.Addr, name string) {
	b.addrs.Add(a)
	if name != "" && b.ends == nil {
		b.ends = make([]int, b.n, max(b.n+1, b.addrs.grow)) // those before have none
	}
	b.n++
	if b.ends != nil {
		b.text = append(b.text, name...)
		b.ends = append(b.ends, len(b.text))
	}
}

// Endpoints is the list of what was added.
func (b *EndpointsBuilder) Endpoints() Endpoints {
	l := Endpoints{addrs: b.addrs.Addrs()}
	if b.ends != nil {
		l.names = newNames(b.text, b.ends)
	}
	return l
}
