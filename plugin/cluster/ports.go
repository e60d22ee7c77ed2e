package cluster

import "slices"

// Port is a port of a Service or of a Slice.
type Port struct {
	Name     string // lower case; "" for an unnamed port
	Protocol string // "tcp", "udp", "sctp", or "" when the API left it open
	Number   uint16 // 0 when the API left it open: no SRV record then
}

// Ports is a list of ports in API order, which many objects may share. It is immutable; the zero value is empty.
type Ports struct{ list *[]Port } // nil: none

// PortsOf is the list of those ports. It takes the slice over.
func PortsOf(list ...Port) Ports {
	if len(list) == 0 {
		return Ports{}
	}
	return Ports{&list}
}

// All is the ports. It is not to be changed.
func (p Ports) All() []Port {
	if p.list == nil {
		return nil
	}
	return *p.list
}

// Equal reports whether the lists have the same ports in the same order.
func (p Ports) Equal(q Ports) bool { return p.list == q.list || slices.Equal(p.All(), q.All()) }
