package kube

//lint:file-ignore SA1019 Endpoints are deprecated, and still written by hand

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mirror makes of Endpoints the slices that a cluster makes of them: for each subset one of each address
// family. Their names cannot be those of slices that an API server would take.
func mirror(e *corev1.Endpoints) []*discoveryv1.EndpointSlice {
	var slices []*discoveryv1.EndpointSlice
	labels := map[string]string{
		discoveryv1.LabelServiceName: e.Name,
		discoveryv1.LabelManagedBy:   "endpointslicemirroring-controller.k8s.io",
	}
	for k, v := range e.Labels {
		if labels[k] == "" {
			labels[k] = v
		}
	}
	for i := range e.Subsets {
		subset := &e.Subsets[i]
		for _, family := range []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6} {
			list := append(mirrorAddresses(subset.Addresses, family, true),
				mirrorAddresses(subset.NotReadyAddresses, family, false)...)
			if len(list) == 0 {
				continue
			}
			slices = append(slices, &discoveryv1.EndpointSlice{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: e.Namespace,
					Name:      fmt.Sprintf("%s/%d/%s", e.Name, i, family),
					Labels:    labels,
				},
				AddressType: family,
				Endpoints:   list,
				Ports:       mirrorPorts(subset.Ports),
			})
		}
	}
	return slices
}

func mirrorAddresses(from []corev1.EndpointAddress, family discoveryv1.AddressType, ready bool) []discoveryv1.Endpoint {
	var list []discoveryv1.Endpoint
	for i := range from {
		a := &from[i]
		ip, err := netip.ParseAddr(a.IP)
		if err != nil || ip.Unmap().Is4() != (family == discoveryv1.AddressTypeIPv4) {
			continue
		}
		e := discoveryv1.Endpoint{
			Addresses:  []string{a.IP},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef:  a.TargetRef,
		}
		if a.Hostname != "" {
			e.Hostname = &a.Hostname
		}
		list = append(list, e)
	}
	return list
}

func mirrorPorts(from []corev1.EndpointPort) []discoveryv1.EndpointPort {
	ports := make([]discoveryv1.EndpointPort, len(from))
	for i := range from {
		p := &from[i]
		ports[i] = discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port}
		if p.Protocol == "" {
			p.Protocol = corev1.ProtocolTCP // the API's default
		}
		ports[i].Protocol = &p.Protocol
	}
	return ports
}
