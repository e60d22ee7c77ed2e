// Package cluster makes up a cluster of any size, and knows what its names say.
//
//	service i: 4 of 5 have a cluster IP and 8 endpoints, 1 of 5 is headless and has 10 with hostnames
//	big, middle: headless, 5,000 and 1,000 endpoints with hostnames, in slices of 100
//
// What a name says follows from its number, so that a million endpoints need no memory but the API server's.
package cluster

import (
	"fmt"
	"net/netip"

	"github.com/kubenames/kubenames/test/bench/api"
)

// Size is how much there is of each kind.
type Size struct {
	Services  int // numbered ones, beside big and middle
	Endpoints int // of each numbered service; 0: 8 or 10, negative: none
	Big       int // endpoints of the service big
	Middle    int // endpoints of the service middle
	Pods      int
}

// Sink takes objects: an API server.
type Sink interface {
	Put(resource string, o api.Object)
	Remove(resource, namespace, name string)
}

// Cluster is a made-up cluster. One goroutine uses it.
type Cluster struct {
	Size
	sink  Sink
	moved map[int]int  // by the number of an endpoint: how often it has got another address
	going map[int]bool // the endpoints that terminate
	turn  int          // of Change
}

// New puts a cluster into a sink.
func New(size Size, sink Sink) *Cluster {
	c := &Cluster{Size: size, sink: sink, moved: map[int]int{}, going: map[int]bool{}}
	for n := range c.Namespaces() {
		sink.Put("namespaces", namespace(n))
	}
	for _, s := range c.All() {
		c.PutService(s)
		c.PutSlices(s)
	}
	for p := range size.Pods {
		sink.Put("pods", c.pod(p))
	}
	return c
}

// reserved is how many cluster IPs an API server may want for itself.
const reserved = 256

// PerSlice is how many endpoints a slice has at most, as Kubernetes writes them.
const PerSlice = 100

// Service is one of a cluster. Immutable.
type Service struct {
	Name, Namespace string
	Address         netip.Addr // invalid: headless
	First, Count    int        // its endpoints' numbers
	Hostnames       bool       // the endpoints have hostnames
}

// Headless tells whether it has no cluster IP.
func (s Service) Headless() bool { return !s.Address.IsValid() }

// FQDN is its name.
func (s Service) FQDN() string { return s.Name + "." + s.Namespace + ".svc.cluster.local." }

// Namespaces is how many there are.
func (c *Cluster) Namespaces() int { return max(10, c.Services/50) }

// Numbered is the service i.
func (c *Cluster) Numbered(i int) Service {
	s := Service{
		Name: fmt.Sprintf("service-%d", i), Namespace: fmt.Sprintf("team-%d", i%c.Namespaces()),
		First: c.Big + c.Middle + i*max(10, c.Endpoints), Count: 8,
	}
	if i%5 == 4 {
		s.Count, s.Hostnames = 10, true
	} else {
		n := i + reserved
		s.Address = netip.AddrFrom4([4]byte{10, byte(96 + n>>16), byte(n >> 8), byte(n)})
	}
	if c.Endpoints != 0 {
		s.Count = max(0, c.Endpoints)
	}
	return s
}

// BigService is the headless service with the most endpoints.
func (c *Cluster) BigService() Service {
	return Service{Name: "big", Namespace: "team-0", First: 0, Count: c.Big, Hostnames: true}
}

// MiddleService is the headless service with many endpoints.
func (c *Cluster) MiddleService() Service {
	return Service{Name: "middle", Namespace: "team-1", First: c.Big, Count: c.Middle, Hostnames: true}
}

// All is all services.
func (c *Cluster) All() (all []Service) {
	if c.Big > 0 {
		all = append(all, c.BigService())
	}
	if c.Middle > 0 {
		all = append(all, c.MiddleService())
	}
	for i := range c.Services {
		all = append(all, c.Numbered(i))
	}
	return all
}

// Total is how many endpoints all services have.
func (c *Cluster) Total() (n int) {
	for _, s := range c.All() {
		n += s.Count
	}
	return n
}

// Slices is how many slices all services have.
func (c *Cluster) Slices() (n int) {
	for _, s := range c.All() {
		n += (s.Count + PerSlice - 1) / PerSlice
	}
	return n
}

// Address is that of an endpoint now.
func (c *Cluster) Address(endpoint int) netip.Addr {
	moved := c.moved[endpoint]
	if moved == 0 {
		return netip.AddrFrom4([4]byte{10, byte(128 + endpoint>>16), byte(endpoint >> 8), byte(endpoint)})
	}
	// Addresses that it had do not come back soon, and are nobody else's.
	return netip.AddrFrom4([4]byte{byte(11 + moved%16), byte(endpoint >> 16), byte(endpoint >> 8), byte(endpoint)})
}

// Hostname is that of the endpoint j of a service.
func (s Service) Hostname(j int) string { return fmt.Sprintf("%s-%d", s.Name, j) }
