package cluster

import (
	"maps"
	"net/netip"
	"slices"
)

// Namespace is a namespace. It exists for DNS while the object exists.
type Namespace struct {
	Name string
}

// ServiceType tells the three shapes of a Service that DNS knows.
type ServiceType uint8

// Kubernetes' types ClusterIP, NodePort and LoadBalancer are all ClusterIP here; one whose cluster IP is
// "None" is Headless.
const (
	ClusterIP ServiceType = iota
	Headless
	ExternalName
)

// Service is a Service, or, if Imported, a ServiceImport.
type Service struct {
	Namespace, Name string
	Imported        bool
	Selects         bool // it has a selector: Kubernetes itself writes its slices
	Type            ServiceType
	IPs             []netip.Addr // cluster IPs in API order, never IPv4-mapped; none unless ClusterIP
	External        string       // target of an ExternalName: lower case, fully qualified; "" if it is not a host name
	Ports           []Port
	Outside         *Outside // how it is reached from outside of the cluster; nil if it is not, or nobody asks
}

// Outside is the external IPs and the load balancers of a Service, in API order.
type Outside struct {
	IPs   []netip.Addr // never IPv4-mapped
	Hosts []string     // of load balancers without an IP: lower case, fully qualified
}

// Empty reports whether there is nothing by which the Service is reached.
func (o *Outside) Empty() bool { return o == nil || len(o.IPs)+len(o.Hosts) == 0 }

// Port is a port of a Service or of a Slice.
type Port struct {
	Name     string // lower case; "" for an unnamed port
	Protocol string // "tcp", "udp", "sctp", or "" when the API left it open
	Number   uint16 // 0 when the API left it open: no SRV record then
}

// Slice is an EndpointSlice, of a Service or, if Imported, of a ServiceImport.
type Slice struct {
	Namespace, Name string
	Service         string // name of the Service or ServiceImport in the same namespace, never ""
	Imported        bool
	Cluster         string       // of an imported one: the ID of the cluster that it comes from, a DNS label; may be ""
	Endpoints       []Endpoint   // one for each ready address, in API order
	Places          []string     // topology zone of each of Endpoints in lower case, or ""; nil if nobody asks
	Unready         []netip.Addr // addresses that are listed but not ready
	FQDNs           []Host       // ready targets of a slice of type FQDN
	Ports           []Port
}

// Endpoint is one ready address of a Slice.
type Endpoint struct {
	Addr     netip.Addr // never IPv4-mapped
	Hostname string     // a DNS label in lower case, or ""
	Pod      string     // name of the pod behind it if that is a DNS label and names are made of it, or ""
}

// Host is one ready target of a Slice of type FQDN.
type Host struct {
	Target   string // lower case, fully qualified
	Hostname string // as that of an Endpoint
	Pod      string // as that of an Endpoint
}

// Pod is a pod that holds its addresses: one that was not finished when last seen.
type Pod struct {
	Namespace, Name string
	IPs             []netip.Addr      // never IPv4-mapped
	Host            bool              // it is on the network of its node, whose addresses others may have too
	Labels          map[string]string // nil if nobody asks
}

// Ref names the object.
func (n *Namespace) Ref() Ref { return Ref{KindNamespace, "", n.Name} }

// Ref names the object.
func (s *Service) Ref() Ref {
	if s.Imported {
		return Ref{KindImport, s.Namespace, s.Name}
	}
	return Ref{KindService, s.Namespace, s.Name}
}

// Ref names the object.
func (s *Slice) Ref() Ref {
	if s.Imported {
		return Ref{KindImportSlice, s.Namespace, s.Name}
	}
	return Ref{KindSlice, s.Namespace, s.Name}
}

// Ref names the object.
func (p *Pod) Ref() Ref { return Ref{KindPod, p.Namespace, p.Name} }

func (n *Namespace) same(Object) bool { return true }

func (s *Service) same(o Object) bool {
	t := o.(*Service)
	return s.Type == t.Type && s.External == t.External && s.Selects == t.Selects &&
		slices.Equal(s.IPs, t.IPs) && slices.Equal(s.Ports, t.Ports) && s.Outside.same(t.Outside)
}

func (o *Outside) same(p *Outside) bool {
	if o == nil || p == nil {
		return o == p
	}
	return slices.Equal(o.IPs, p.IPs) && slices.Equal(o.Hosts, p.Hosts)
}

// Owner names what the slice belongs to.
func (s *Slice) Owner() Key { return Key{s.Namespace, s.Service, s.Imported} }

// same leaves Unready out: it decides how a removal is applied, not what is answered.
func (s *Slice) same(o Object) bool {
	t := o.(*Slice)
	return s.Service == t.Service && s.Cluster == t.Cluster && slices.Equal(s.Endpoints, t.Endpoints) &&
		slices.Equal(s.Places, t.Places) && slices.Equal(s.FQDNs, t.FQDNs) && slices.Equal(s.Ports, t.Ports)
}

func (p *Pod) same(o Object) bool {
	t := o.(*Pod)
	return slices.Equal(p.IPs, t.IPs) && p.Host == t.Host && maps.Equal(p.Labels, t.Labels)
}
