package world

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// crowd adds a headless service with more endpoints than fit into a small answer, and an address with many names.
func (w *World) crowd(s Sink) {
	o := &corev1.Service{TypeMeta: typed("Service", "v1"), ObjectMeta: meta("default", "crowd")}
	o.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone}}
	w.put(s, "services", o)
	n := 5 + w.IntN(60)
	if w.one(8) {
		n = 900 // an SRV set that does not fit over TCP either
	}
	w.put(s, "endpointslices", crowdSlice("crowd-4", n, discoveryv1.AddressTypeIPv4, func(i int) (address, host string) {
		return fmt.Sprintf("10.8.%d.%d", i/200, i%200), ""
	}))
	w.put(s, "endpointslices", crowdSlice("crowd-6", n/2, discoveryv1.AddressTypeIPv6, func(i int) (address, host string) {
		return fmt.Sprintf("fd08::%x", i+1), fmt.Sprintf("shared-%d", i/3)
	}))
	w.put(s, "endpointslices", crowdSlice("crowd-h", 4+w.IntN(40), discoveryv1.AddressTypeIPv4, func(i int) (address, host string) {
		return "10.0.0.1", fmt.Sprintf("crowded-%d", i)
	}))
}

func crowdSlice(name string, n int, t discoveryv1.AddressType, of func(int) (address, host string)) *discoveryv1.EndpointSlice {
	o := &discoveryv1.EndpointSlice{TypeMeta: typed("EndpointSlice", "discovery.k8s.io/v1"), ObjectMeta: meta("default", name), AddressType: t}
	o.Labels = map[string]string{discoveryv1.LabelServiceName: "crowd"}
	o.Ports = []discoveryv1.EndpointPort{slicePort("http", "TCP", 80), slicePort("https", "TCP", 443)}
	for i := range n {
		address, host := of(i)
		e := discoveryv1.Endpoint{Addresses: []string{address}}
		if host != "" {
			e.Hostname = &host
		}
		o.Endpoints = append(o.Endpoints, e)
	}
	return o
}
