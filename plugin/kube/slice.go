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
		if places := t.placesOf(o.Endpoints); places != nil {
			beside(s).Places = places
		}
	}
	return s
}

// sliceOf trims what a slice of a Service and one of a ServiceImport have in common.
func (t *trimmer) sliceOf(service string, o *discoveryv1.EndpointSlice) *cluster.Slice {
	s := &cluster.Slice{
		Namespace: t.text(o.Namespace),
		Name:      strings.Clone(o.Name),
		Ports:     portsOf(t, o.Ports, t.slicePort),
	}
	s.Service = t.ownerName(s.Name, service)
	if o.AddressType != discoveryv1.AddressTypeFQDN {
		t.endpoints(s, o.Endpoints)
	} else if hosts := t.hosts(o.Endpoints); hosts != nil {
		beside(s).FQDNs = hosts
	}
	return s
}

// ownerName is the name of a slice's Service: most often it is what the slice's own name begins with.
func (t *trimmer) ownerName(slice, service string) string {
	if strings.HasPrefix(slice, service) {
		return slice[:len(service)]
	}
	return t.text(service)
}

// beside is what few slices have, of one that is being made.
func beside(s *cluster.Slice) *cluster.Beside {
	if s.Beside == nil {
		s.Beside = &cluster.Beside{}
	}
	return s.Beside
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
				at[a] = t.text(strings.ToLower(*e.Zone))
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
	var up cluster.EndpointsBuilder
	var down cluster.AddrsBuilder
	up.Grow(len(from)) // the API server takes one address of each
	for i := range from {
		e := &from[i]
		isReady, name := ready(e), ""
		if isReady {
			name = t.endpointName(e)
		}
		for _, text := range e.Addresses {
			switch a, ok := addr(text); {
			case !ok:
			case isReady:
				up.Add(a, name)
			default:
				down.Add(a)
			}
		}
	}
	s.Endpoints = up.Endpoints()
	if unready := down.Addrs(); unready.Len() > 0 {
		beside(s).Unready = unready
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
				list = append(list, cluster.Host{Target: h, Name: strings.Clone(t.endpointName(&from[i]))})
			}
		}
	}
	return list
}

// endpointName is the hostname of the endpoint, or else the name of its pod if that is asked for; "": neither is a label of
// a host name.
func (t *trimmer) endpointName(e *discoveryv1.Endpoint) string {
	if e.Hostname != nil {
		if h := strings.ToLower(*e.Hostname); hostLabel(h) {
			return h
		}
	}
	if t.podNames && e.TargetRef != nil && e.TargetRef.Kind == "Pod" && hostLabel(e.TargetRef.Name) {
		return e.TargetRef.Name
	}
	return ""
}

func (t *trimmer) slicePort(p *discoveryv1.EndpointPort) (known cluster.Port) {
	if p.Name != nil {
		known.Name = t.text(portName(*p.Name))
	}
	if p.Protocol != nil {
		known.Protocol = protocol(string(*p.Protocol))
	}
	if p.Port != nil {
		known.Number = port(*p.Port)
	}
	return known
}
