package world

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"

	"github.com/kubenames/kubenames/test/parity/api"
)

// Home is a namespace that always exists; Flag is one that exists after every other beat.
const (
	Home = "parity-home"
	Flag = "parity-flag"
)

// Self is a service in Home that tells one cluster from another.
const Self = "self"

// Beat is a mark in every watch: who sees it has seen all that was before it.
type Beat struct {
	Service, Endpoint, Pod netip.Addr // of beat.HOME.svc, of pulse.HOME.svc, and of a pod in HOME
	Import, Imported       netip.Addr // of beat.HOME.svc and of pulse.HOME.svc where there are imports
	Flag                   bool       // the namespace Flag exists
}

// Beat makes the next mark.
func (w *World) Beat(s Sink) Beat {
	w.beats++
	n := w.beats
	at := func(b byte) netip.Addr { return netip.AddrFrom4([4]byte{10, b, byte(n >> 8), byte(n)}) }
	b := Beat{Service: at(254), Endpoint: at(253), Pod: at(252), Import: at(251), Imported: at(250), Flag: n%2 == 1}
	if n == 1 {
		w.put(s, "namespaces", mark(namespace(Home)))
		w.put(s, "services", w.homeService("pulse", corev1.ClusterIPNone))
		w.put(s, "services", w.self())
		of := map[string]string{discoveryv1.LabelServiceName: "beat"} // with an endpoint, it is not ignored
		if w.Imports {
			of[mcsv1alpha1.LabelServiceName], of[mcsv1alpha1.LabelSourceCluster] = "beat", "east"
		}
		w.put(s, "endpointslices", pulse("beat", netip.MustParseAddr("10.249.0.1"), of))
	}
	if b.Flag {
		w.put(s, "namespaces", mark(namespace(Flag)))
	} else {
		w.remove(s, "namespaces", namespace(Flag))
	}
	w.put(s, "services", w.homeService("beat", b.Service.String()))
	w.put(s, "endpointslices", pulse("pulse", b.Endpoint, map[string]string{discoveryv1.LabelServiceName: "pulse"}))
	pod := &corev1.Pod{TypeMeta: typed("Pod", "v1"), ObjectMeta: meta(Home, "beat")}
	pod.Status = corev1.PodStatus{Phase: "Running", PodIP: b.Pod.String(), PodIPs: []corev1.PodIP{{IP: b.Pod.String()}}}
	w.put(s, "pods", mark(pod))
	if w.Imports {
		w.homeImports(s, b)
	}
	return b
}

func (w *World) homeService(name, ip string) api.Object {
	o := &corev1.Service{TypeMeta: typed("Service", "v1"), ObjectMeta: meta(Home, name)}
	o.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, ClusterIP: ip, ClusterIPs: []string{ip}}
	return mark(o)
}

func (w *World) self() api.Object {
	o := &corev1.Service{TypeMeta: typed("Service", "v1"), ObjectMeta: meta(Home, Self)}
	o.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: fmt.Sprintf("seed-%d.ext.test", w.seed)}
	return mark(o)
}

// PodLabel is the label of the beat's pod.
func (b Beat) PodLabel() string {
	ip := b.Pod.As4()
	return fmt.Sprintf("%d-%d-%d-%d", ip[0], ip[1], ip[2], ip[3])
}

// homeImports makes the marks among imports.
func (w *World) homeImports(s Sink, b Beat) {
	o := &mcsv1alpha1.ServiceImport{TypeMeta: typed("ServiceImport", "multicluster.x-k8s.io/v1alpha1"), ObjectMeta: meta(Home, "beat")}
	o.Spec.Type, o.Spec.IPs = mcsv1alpha1.ClusterSetIP, []string{b.Import.String()}
	o.Spec.Ports = []mcsv1alpha1.ServicePort{{Protocol: "TCP", Port: 80}}
	w.put(s, "serviceimports", mark(o))
	o = o.DeepCopy()
	o.Name, o.Spec.Type, o.Spec.IPs = "pulse", mcsv1alpha1.Headless, nil
	w.put(s, "serviceimports", o)
	w.put(s, "endpointslices", pulse("pulse-east", b.Imported, map[string]string{
		discoveryv1.LabelServiceName: "derived", mcsv1alpha1.LabelServiceName: "pulse", mcsv1alpha1.LabelSourceCluster: "east",
	}))
}

func pulse(name string, a netip.Addr, labels map[string]string) api.Object {
	o := &discoveryv1.EndpointSlice{TypeMeta: typed("EndpointSlice", "discovery.k8s.io/v1"), ObjectMeta: meta(Home, name)}
	o.Labels = labels
	o.AddressType = discoveryv1.AddressTypeIPv4
	o.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{a.String()}}}
	return mark(o)
}
