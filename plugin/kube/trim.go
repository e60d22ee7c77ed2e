package kube

import (
	"net/netip"
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// trimmer trims API objects to what DNS can see of them. What it returns shares no buffer with the object
// that it came from. Any goroutine may use it.
type trimmer struct {
	podNames bool
	strings  shared
}

func newTrimmer(o Options) *trimmer { return &trimmer{podNames: o.PodNames} }

// trim is the object as DNS sees it, or nil if DNS does not see it.
func (t *trimmer) trim(object any) cluster.Object {
	switch o := object.(type) {
	case *corev1.Namespace:
		if n := t.namespace(o); n != nil {
			return n
		}
	case *corev1.Service:
		if s := t.service(o); s != nil {
			return s
		}
	case *discoveryv1.EndpointSlice:
		if s := t.slice(o); s != nil {
			return s
		}
	case *corev1.Pod:
		if p := t.pod(o); p != nil {
			return p
		}
	}
	return nil
}

func (t *trimmer) namespace(o *corev1.Namespace) *cluster.Namespace {
	if !label(o.Name) {
		return nil
	}
	return &cluster.Namespace{Name: t.strings.of(o.Name)}
}

func (t *trimmer) service(o *corev1.Service) *cluster.Service {
	if !label(o.Name) || !label(o.Namespace) {
		return nil
	}
	s := &cluster.Service{Namespace: t.strings.of(o.Namespace), Name: t.strings.of(o.Name)}
	ips := o.Spec.ClusterIPs
	if len(ips) == 0 {
		ips = []string{o.Spec.ClusterIP}
	}
	switch {
	case o.Spec.Type == corev1.ServiceTypeExternalName:
		s.Type = cluster.ExternalName
		s.External = host(o.Spec.ExternalName)
	case ips[0] == corev1.ClusterIPNone:
		s.Type = cluster.Headless
	default:
		s.IPs = addrs(ips)
	}
	s.Ports = t.servicePorts(o.Spec.Ports)
	return s
}

func (t *trimmer) servicePorts(from []corev1.ServicePort) []cluster.Port {
	if len(from) == 0 {
		return nil
	}
	ports := make([]cluster.Port, len(from))
	for i := range from {
		p := &from[i]
		proto := p.Protocol
		if proto == "" {
			proto = corev1.ProtocolTCP // the API's default
		}
		ports[i] = cluster.Port{Name: t.strings.of(portName(p.Name)), Protocol: protocol(string(proto)), Number: port(p.Port)}
	}
	return ports
}

// pod keeps a pod that is being deleted, until it is: it holds its addresses that long.
func (t *trimmer) pod(o *corev1.Pod) *cluster.Pod {
	switch o.Status.Phase {
	case corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown:
		return nil
	}
	texts := make([]string, 0, 2)
	for _, ip := range o.Status.PodIPs {
		texts = append(texts, ip.IP)
	}
	if len(texts) == 0 {
		texts = append(texts, o.Status.PodIP)
	}
	ips := addrs(texts)
	if len(ips) == 0 || o.Name == "" || !label(o.Namespace) {
		return nil
	}
	return &cluster.Pod{Namespace: t.strings.of(o.Namespace), Name: o.Name, IPs: ips}
}

// addrs parses addresses, in order, without those that are none or were there before.
func addrs(texts []string) []netip.Addr {
	var list []netip.Addr
	for _, s := range texts {
		if a, ok := addr(s); ok && !slices.Contains(list, a) {
			if list == nil {
				list = make([]netip.Addr, 0, len(texts))
			}
			list = append(list, a)
		}
	}
	return slices.Clip(list)
}
