package kube

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// trimmer trims API objects to what DNS can see of them. What it returns shares no buffer with the object
// that it came from. Any goroutine may use it.
type trimmer struct {
	podNames, podLabels, places, outside bool
	strings                              shared[string]
	ports                                shared[cluster.Ports]
}

func newTrimmer(o Options) *trimmer {
	return &trimmer{podNames: o.PodNames, podLabels: o.PodLabels, places: o.Places, outside: o.Outside}
}

// of trims objects of a kind to what DNS sees of them, or to nil if DNS does not see them.
func (t *trimmer) of(kind cluster.Kind) func(any) cluster.Object {
	if kind == cluster.KindImportSlice { // of the same type as a slice of the cluster's own
		return t.trimImported
	}
	return t.trim
}

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
	case *mcs.ServiceImport:
		if s := t.serviceImport(o); s != nil {
			return s
		}
	}
	return nil
}

func (t *trimmer) namespace(o *corev1.Namespace) *cluster.Namespace {
	if !label(o.Name) {
		return nil
	}
	return &cluster.Namespace{Name: t.text(o.Name)}
}

func (t *trimmer) service(o *corev1.Service) *cluster.Service {
	if !label(o.Name) || !label(o.Namespace) {
		return nil
	}
	s := &cluster.Service{Namespace: t.text(o.Namespace), Name: strings.Clone(o.Name), Selects: len(o.Spec.Selector) > 0}
	ips := o.Spec.ClusterIPs
	if len(ips) == 0 {
		ips = []string{o.Spec.ClusterIP}
	}
	switch {
	case o.Spec.Type == corev1.ServiceTypeExternalName:
		s.Type = cluster.ExternalName
		if h := host(o.Spec.ExternalName); h != "" {
			s.External = &h
		}
	case ips[0] == corev1.ClusterIPNone:
		s.Type = cluster.Headless
	default:
		s.IPs = addrs(ips)
	}
	s.Ports = portsOf(t, o.Spec.Ports, func(p *corev1.ServicePort) cluster.Port { return t.port(p.Name, p.Protocol, p.Port) })
	if t.outside {
		s.Outside = outside(o)
	}
	return s
}

func (t *trimmer) port(name string, proto corev1.Protocol, number int32) cluster.Port {
	if proto == "" {
		proto = corev1.ProtocolTCP // the API's default
	}
	return cluster.Port{Name: t.text(portName(name)), Protocol: protocol(string(proto)), Number: port(number)}
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
	if ips.Len() == 0 || o.Name == "" || !label(o.Namespace) {
		return nil
	}
	p := &cluster.Pod{Namespace: t.text(o.Namespace), Name: strings.Clone(o.Name), IPs: ips, Host: o.Spec.HostNetwork}
	if t.podLabels && len(o.Labels) > 0 {
		p.Labels = make(map[string]string, len(o.Labels))
		for k, v := range o.Labels {
			p.Labels[t.text(k)] = t.text(v)
		}
	}
	return p
}

// fewAddrs is up to how many it is faster to look at each than to hash them.
const fewAddrs = 16

// addrs parses addresses, in order, without those that are none or were there before.
func addrs(texts []string) cluster.Addrs {
	list := make([]netip.Addr, 0, 4)
	var seen map[netip.Addr]struct{} // nil: they are few
	if len(texts) > fewAddrs {
		seen = map[netip.Addr]struct{}{}
	}
	for _, s := range texts {
		a, ok := addr(s)
		if !ok {
			continue
		}
		if _, known := seen[a]; known || seen == nil && slices.Contains(list, a) {
			continue
		}
		if seen != nil {
			seen[a] = struct{}{}
		}
		list = append(list, a)
	}
	return cluster.AddrsOf(list...)
}
