package cluster

import (
	"maps"
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
	IPs             Addrs // cluster IPs in API order, never IPv4-mapped; none unless ClusterIP
	Ports           Ports
	External        *string  // target of an ExternalName: lower case, fully qualified; nil if it is not a host name
	Outside         *Outside // how it is reached from outside of the cluster; nil if it is not, or nobody asks
	Type            ServiceType
	Imported        bool
	Selects         bool // it has a selector: Kubernetes itself writes its slices
	unknown         bool // it is only a name: there are slices of it and no more
}

// Outside is the external IPs and the load balancers of a Service, in API order.
type Outside struct {
	IPs   Addrs    // never IPv4-mapped
	Hosts []string // of load balancers without an IP: lower case, fully qualified
}

// Empty reports whether there is nothing by which the Service is reached.
func (o *Outside) Empty() bool { return o == nil || o.IPs.Len()+len(o.Hosts) == 0 }

// Slice is an EndpointSlice, of a Service or, if Imported, of a ServiceImport.
type Slice struct {
	Namespace, Name string
	Service         string    // name of the Service or ServiceImport in the same namespace, never ""
	Endpoints       Endpoints // one for each ready address, in API order
	Ports           Ports
	Beside          *Beside // what few slices have; nil: nothing of it
	Imported        bool
}

// Beside is what few slices have beside their endpoints. It is immutable.
type Beside struct {
	Cluster string   // of an imported slice: the ID of the cluster that it comes from, a DNS label; may be ""
	Places  []string // topology zone of each of the endpoints in lower case, or ""; nil if nobody asks
	Unready Addrs    // addresses that are listed but not ready
	FQDNs   []Host   // ready targets of a slice of type FQDN
}

// Host is one ready target of a Slice of type FQDN.
type Host struct {
	Target string // lower case, fully qualified
	Name   string // as that of an Endpoint
}

// Pod is a pod that holds its addresses: one that was not finished when last seen.
type Pod struct {
	Namespace, Name string
	IPs             Addrs             // never IPv4-mapped
	Labels          map[string]string // nil if nobody asks
	Host            bool              // it is on the network of its node, whose addresses others may have too
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
	return s.Type == t.Type && s.Target() == t.Target() && s.Selects == t.Selects &&
		s.IPs == t.IPs && s.Ports.Equal(t.Ports) && s.Outside.same(t.Outside)
}

func (o *Outside) same(p *Outside) bool {
	if o == nil || p == nil {
		return o == p
	}
	return o.IPs == p.IPs && slices.Equal(o.Hosts, p.Hosts)
}

// Target is where an ExternalName leads, "" if nowhere.
func (s *Service) Target() string {
	if s.External == nil {
		return ""
	}
	return *s.External
}

// Cluster is that of Beside, or "".
func (s *Slice) Cluster() string { return s.beside().Cluster }

// Places is those of Beside, or none.
func (s *Slice) Places() []string { return s.beside().Places }

// Unready is those of Beside, or none.
func (s *Slice) Unready() Addrs { return s.beside().Unready }

// FQDNs is those of Beside, or none.
func (s *Slice) FQDNs() []Host { return s.beside().FQDNs }

var nothing Beside

func (s *Slice) beside() *Beside {
	if s.Beside == nil {
		return &nothing
	}
	return s.Beside
}

// Size is how many ready addresses and targets the slice has.
func (s *Slice) Size() int { return s.Endpoints.Len() + len(s.FQDNs()) }

// Owner names what the slice belongs to.
func (s *Slice) Owner() Key { return Key{s.Namespace, s.Service, s.Imported} }

// same leaves Unready out: it decides how a removal is applied, not what is answered.
func (s *Slice) same(o Object) bool {
	t := o.(*Slice)
	return s.Service == t.Service && s.Cluster() == t.Cluster() && s.Endpoints.Equal(t.Endpoints) &&
		slices.Equal(s.Places(), t.Places()) && slices.Equal(s.FQDNs(), t.FQDNs()) && s.Ports.Equal(t.Ports)
}

func (p *Pod) same(o Object) bool {
	t := o.(*Pod)
	return p.IPs == t.IPs && p.Host == t.Host && maps.Equal(p.Labels, t.Labels)
}
