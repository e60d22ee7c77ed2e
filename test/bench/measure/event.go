package measure

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
	discoveryv1 "k8s.io/api/discovery/v1"

	model "github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/test/bench/cluster"
)

// event is something that happens to a service, and what DNS is to say afterwards.
type event struct {
	question string
	write    func() // returns when the API server has acknowledged it
	right    func(rcode int, addresses map[netip.Addr]bool) bool
	acked    time.Time
}

// Happening is a sort of event. Immutable.
type Happening struct {
	Name string
	Hold time.Duration // that kubenames waits on purpose, before it believes it
	// make makes an event about the service; it also puts what has to be there before.
	make func(c *cluster.Cluster, s cluster.Service) event
}

// Happenings is what happens to services. An endpoint is removed as Kubernetes does it: it turns unready, and DNS does not
// know it any more; when it leaves its slice later there is nothing to see. One that leaves while it is ready, to a service
// with other slices, may be on its way to one of them: kubenames holds it.
var Happenings = []Happening{
	{"created, after NXDOMAIN", 0, created},
	{"endpoint changed", 0, changed},
	{"endpoint removed, unready first", 0, terminating},
	{"endpoint vanished while ready", model.Hold, vanished},
	{"service deleted", 0, deleted},
}

// stranger is a service that no cluster has, one for each number.
func stranger(c *cluster.Cluster, n int) cluster.Service {
	return cluster.Service{
		Name: fmt.Sprintf("stranger-%d", n), Namespace: fmt.Sprintf("team-%d", n%c.Namespaces()),
		Address: netip.AddrFrom4([4]byte{10, byte(112 + n>>16), byte(n >> 8), byte(n)}),
		First:   1<<21 + n*10, Count: 3,
	}
}

func headless(c *cluster.Cluster, s cluster.Service) cluster.Service {
	s.Address, s.Hostnames = netip.Addr{}, true
	c.PutService(s)
	c.PutSlices(s)
	return s
}

func created(c *cluster.Cluster, s cluster.Service) event {
	return event{question: s.FQDN(), write: func() { c.PutService(s) }, right: func(_ int, got map[netip.Addr]bool) bool { return got[s.Address] }}
}

func deleted(c *cluster.Cluster, s cluster.Service) event {
	c.PutService(s)
	return event{question: s.FQDN(), write: func() { c.RemoveService(s) }, right: func(rcode int, _ map[netip.Addr]bool) bool {
		return rcode == dns.RcodeNameError
	}}
}

func changed(c *cluster.Cluster, s cluster.Service) event {
	s = headless(c, s)
	before := c.Address(s.First + 1)
	return event{question: s.FQDN(), write: func() { c.Move(s, 1) }, right: func(_ int, got map[netip.Addr]bool) bool {
		return len(got) == s.Count && !got[before]
	}}
}

// terminating is what Kubernetes writes first when a pod goes.
func terminating(c *cluster.Cluster, s cluster.Service) event {
	s = headless(c, s)
	return event{question: s.FQDN(), right: gone(c, s), write: func() { c.Terminate(s, 1) }}
}

// vanished leaves one slice of two, which is also how a move to the other begins.
func vanished(c *cluster.Cluster, s cluster.Service) event {
	s = headless(c, s)
	c.PutSlice(s, 0, func(o *discoveryv1.EndpointSlice) {
		o.Name += "-second"
		o.Endpoints = o.Endpoints[:1]
		o.Endpoints[0].Addresses, o.Endpoints[0].Hostname = []string{c.Address(s.First + 9).String()}, nil
	})
	return event{question: s.FQDN(), right: gone(c, s), write: func() {
		c.PutSlice(s, 0, func(o *discoveryv1.EndpointSlice) { o.Endpoints = append(o.Endpoints[:1], o.Endpoints[2:]...) })
	}}
}

// gone says that the other endpoints are there, and the second is not.
func gone(c *cluster.Cluster, s cluster.Service) func(int, map[netip.Addr]bool) bool {
	first, second := c.Address(s.First), c.Address(s.First+1)
	return func(_ int, got map[netip.Addr]bool) bool { return got[first] && !got[second] }
}
