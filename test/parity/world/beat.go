package world

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubenames/kubenames/test/parity/api"
)

// Home is a namespace that always exists; Flag is one that exists after every other beat.
const (
	Home = "parity-home"
	Flag = "parity-flag"
)

// Beat is a mark in every watch: who sees it has seen all that was before it.
type Beat struct {
	Service, Endpoint, Pod netip.Addr // of beat.HOME.svc, of pulse.HOME.svc, and of a pod in HOME
	Flag                   bool       // the namespace Flag exists
}

// Beat makes the next mark.
func (w *World) Beat(s Sink) Beat {
	w.beats++
	n := w.beats
	b := Beat{
		netip.AddrFrom4([4]byte{10, 254, byte(n >> 8), byte(n)}), netip.AddrFrom4([4]byte{10, 253, byte(n >> 8), byte(n)}),
		netip.AddrFrom4([4]byte{10, 252, byte(n >> 8), byte(n)}), n%2 == 1,
	}
	if n == 1 {
		w.put(s, "namespaces", namespace(Home))
		w.put(s, "services", w.homeService("pulse", corev1.ClusterIPNone))
	}
	if b.Flag {
		w.put(s, "namespaces", namespace(Flag))
	} else {
		w.remove(s, "namespaces", namespace(Flag))
	}
	w.put(s, "services", w.homeService("beat", b.Service.String()))
	w.put(s, "endpointslices", &discoveryv1.EndpointSlice{
		TypeMeta:    typed("EndpointSlice", "discovery.k8s.io/v1"),
		ObjectMeta:  pulseMeta(),
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{b.Endpoint.String()}}},
	})
	pod := &corev1.Pod{TypeMeta: typed("Pod", "v1"), ObjectMeta: meta(Home, "beat")}
	pod.Status = corev1.PodStatus{Phase: "Running", PodIP: b.Pod.String(), PodIPs: []corev1.PodIP{{IP: b.Pod.String()}}}
	w.put(s, "pods", pod)
	return b
}

func (w *World) homeService(name, ip string) api.Object {
	o := &corev1.Service{TypeMeta: typed("Service", "v1"), ObjectMeta: meta(Home, name)}
	o.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, ClusterIP: ip, ClusterIPs: []string{ip}}
	return o
}

// PodLabel is the label of the beat's pod.
func (b Beat) PodLabel() string {
	ip := b.Pod.As4()
	return fmt.Sprintf("%d-%d-%d-%d", ip[0], ip[1], ip[2], ip[3])
}

func pulseMeta() metav1.ObjectMeta {
	m := meta(Home, "pulse")
	m.Labels = map[string]string{discoveryv1.LabelServiceName: "pulse"}
	return m
}
