package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/witness"
)

// follows waits until the endpoints of a headless Service are what ok wants, and tells that its names say so within limit:
// A, AAAA, and the SRV of its port. It returns the endpoints.
func (s *story) follows(service, port string, number int, limit time.Duration, ok func([]witness.Endpoint) bool) []witness.Endpoint {
	s.Helper()
	endpoints, since := s.settle(service, ok)
	s.becomes(s.full(service), "A", addresses(endpoints, false), since, limit)
	s.becomes(s.full(service), "AAAA", addresses(endpoints, true), since, limit)
	s.becomes("_"+port+"._tcp."+s.full(service), "SRV", s.targets(service, number, endpoints), since, limit)
	return endpoints
}

// addresses is what a headless Service with these endpoints says to A, or to AAAA.
func addresses(endpoints []witness.Endpoint, six bool) string {
	var list []string
	for _, e := range endpoints {
		if strings.Contains(e.Address, ":") == six {
			list = append(list, e.Address)
		}
	}
	return sorted(list, len(endpoints))
}

// targets is what it says to SRV.
func (s *story) targets(service string, port int, endpoints []witness.Endpoint) string {
	var list []string
	for _, e := range endpoints {
		weight := max(1, 100/len(endpoints))
		list = append(list, fmt.Sprintf("0 %d %d %s", weight, port, s.full(label(e)+"."+service)))
	}
	return sorted(list, len(endpoints))
}

// label is the name of an endpoint below its Service.
func label(e witness.Endpoint) string {
	return cmp.Or(e.Hostname, strings.NewReplacer(".", "-", ":", "-").Replace(e.Address))
}

// sorted is the answer with this data, each once, from a Service with so many endpoints. Without any, it has no name.
func sorted(data []string, endpoints int) string {
	switch {
	case endpoints == 0:
		return "NXDOMAIN"
	case len(data) == 0:
		return "NODATA"
	}
	slices.Sort(data)
	return strings.Join(slices.Compact(data), "\n")
}

// reverse is the name below which PTR finds the address.
func reverse(address string) string {
	name, _ := dns.ReverseAddr(address)
	return name
}
