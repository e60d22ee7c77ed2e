package kube

import (
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// slice trims a slice that belongs to a Service; DNS sees no other.
func (t *trimmer) slice(o *discoveryv1.EndpointSlice) *cluster.Slice {
	service := o.Labels[discoveryv1.LabelServiceName]
	if !label(service) || !label(o.Namespace) || o.Name == "" {
		return nil
	}
	s := t.sliceOf(service, o)
	if t.places && o.AddressType != discoveryv1.AddressTypeFQDN {
		s.Places = t.placesOf(o.Endpoints)
	}
	return s
}

// sliceOf trims what a slice of a Service and one of a ServiceImport have in common.
func (t *trimmer) sliceOf(service string, o *discoveryv1.EndpointSlice) *cluster.Slice {
	s := &cluster.Slice{
		Namespace: t.strings.of(o.Namespace),
		Name:      o.Name,
		Service:   t.strings.of(service),
		Ports:     t.slicePorts(o.Ports),
	}
	if o.AddressType == discoveryv1.AddressTypeFQDN {
		s.FQDNs = t.hosts(o.Endpoints)
	} else {
		t.endpoints(s, o.Endpoints)
	}
	return s
}

// placesOf is the topology zone of each ready address, as endpoints lists them; nil if none has one. An address that is
// listed more than once is in one place: the last that is told.
func (t *trimmer) placesOf(from []discoveryv1.Endpoint) []string {
	at := map[netip.Addr]string{}
	var all []netip.Addr
	for i := range from {
		e := &from[i]
		if !ready(e) {
			continue
		}
		for _, text := range e.Addresses {
			a, ok := addr(text)
			if !ok {
				continue
			}
			all = append(all, a)
			if e.Zone != nil {
				at[a] = t.strings.of(strings.ToLower(*e.Zone))
			}
		}
	}
	known := false
	places := make([]string, len(all))
	for i, a := range all {
		places[i] = at[a]
		known = known || places[i] != ""
	}
	if !known {
		return nil
	}
	return places
}

// endpoints keeps the addresses, those that are ready apart from the others.
func (t *trimmer) endpoints(s *cluster.Slice, from []discoveryv1.Endpoint) {
	up, down := 0, 0
	for i := range from {
		if ready(&from[i]) {
			up += len(from[i].Addresses)
		} else {
			down += len(from[i].Addresses)
		}
	}
	if up > 0 {
		s.Endpoints = make([]cluster.Endpoint, 0, up)
	}
	if down > 0 {
		s.Unready = make([]netip.Addr, 0, down)
	}
	for i := range from {
		e := &from[i]
		isReady, hostname, pod := ready(e), endpointHost(e), t.endpointPod(e)
		for _, text := range e.Addresses {
			switch a, ok := addr(text); {
			case !ok:
			case isReady:
				s.Endpoints = append(s.Endpoints, cluster.Endpoint{Addr: a, Hostname: hostname, Pod: pod})
			default:
				s.Unready = append(s.Unready, a)
			}
		}
	}
}

// ready reports whether to send clients there; the API says to take unset for true.
func ready(e *discoveryv1.Endpoint) bool {
	return e.Conditions.Ready == nil || *e.Conditions.Ready
}

// hosts keeps the ready targets of a slice of type FQDN.
func (t *trimmer) hosts(from []discoveryv1.Endpoint) []cluster.Host {
	var list []cluster.Host
	for i := range from {
		if !ready(&from[i]) {
			continue
		}
		for _, text := range from[i].Addresses {
			if h := host(text); h != "" {
				list = append(list, cluster.Host{Target: h, Hostname: endpointHost(&from[i]), Pod: t.endpointPod(&from[i])})
			}
		}
	}
	return list
}

func endpointHost(e *discoveryv1.Endpoint) string {
	if e.Hostname == nil {
		return ""
	}
	h := strings.ToLower(*e.Hostname)
	if !hostLabel(h) {
		return ""
	}
	return strings.Clone(h)
}

func (t *trimmer) endpointPod(e *discoveryv1.Endpoint) string {
	if !t.podNames || e.TargetRef == nil || e.TargetRef.Kind != "Pod" || !hostLabel(e.TargetRef.Name) {
		return ""
	}
	return strings.Clone(e.TargetRef.Name)
}

func (t *trimmer) slicePorts(from []discoveryv1.EndpointPort) []cluster.Port {
	if len(from) == 0 {
		return nil
	}
	ports := make([]cluster.Port, len(from))
	for i := range from {
		p := &from[i]
		if p.Name != nil {
			ports[i].Name = t.strings.of(portName(*p.Name))
		}
		if p.Protocol != nil {
			ports[i].Protocol = protocol(string(*p.Protocol))
		}
		if p.Port != nil {
			ports[i].Number = port(*p.Port)
		}
	}
	return ports
}
