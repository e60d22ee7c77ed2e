package kube

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// hostile makes API objects of bytes that a stranger chose: each field is what it should be, at its limits, or nonsense.
// When the bytes are used up, every choice is the first.
type hostile struct{ data []byte }

func (h *hostile) n(most int) int {
	if len(h.data) == 0 {
		return 0
	}
	b := h.data[0]
	h.data = h.data[1:]
	return int(b) % most
}

// rarely is true once in so many.
func (h *hostile) rarely(times int) bool { return h.n(times) == times-1 }

func choose[T any](h *hostile, from []T) T { return from[h.n(len(from))] }

var (
	huge     = strings.Repeat("x", 1<<16)
	nonsense = []string{
		"", ".", "..", "a.b", ".a", "a.", "-", "-a", "_", "_a", "_tcp", "_zone", "*", "A", "WEB", "\x00", "a\x00b", "a b", "a\\b", "a\\.b", `\000`, "\xff\xfe",
		"\u00fc", "\u212a", "\u0130", strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a",
		strings.Repeat(strings.Repeat("x", 63)+".", 4), huge, strings.Repeat("a.", 1<<15),
	}
	goodNames = []string{"web", "db", "web-0", "dns", "svc", "pod", "ns", "dns-version", "10-0-0-1", "a", "pin", "prefer", "cluster", "local", "1"}
	spaces    = []string{"default", "a", "svc", "dns", "kube-system"}
	goodIPs   = []string{"10.0.0.1", "10.0.0.2", "10.96.0.1", "fd00::1", "fd00::2", "192.0.2.1"}
	oddIPs    = []string{
		"", "None", "none", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4/32", "[::1]", ":::", "::g", "10.0.0.1%eth0", "fe80::1%eth0", "::ffff:10.0.0.1",
		"::ffff:10.0.0.1%1", "::10.0.0.1", "::", "0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1", "::1", "127.0.0.1", "a.b", "\x00", "\xff", "10.0.0.1\x00", "1\u0661.0.0.1",
		" 10.0.0.1", "0x0a.0.0.1", huge,
	}
	numbers = []int32{80, 0, 1, 53, 65535, 65536, 131152, -1, -65456, math.MaxInt32, math.MinInt32}
	moments = []string{"", "2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-1", huge}
)

func (h *hostile) text(good []string) string {
	switch {
	case !h.rarely(3):
		return choose(h, good)
	case !h.rarely(4):
		return choose(h, nonsense)
	}
	n := min(h.n(80), len(h.data))
	text := string(h.data[:n])
	h.data = h.data[n:]
	return text
}

func (h *hostile) name() string { return h.text(goodNames) }

func (h *hostile) ip() string {
	if h.rarely(3) {
		return choose(h, oddIPs)
	}
	return choose(h, goodIPs)
}

// many is how many there are of something: few most times, and once in a while as many as given.
func (h *hostile) many(most int) int {
	if h.rarely(64) {
		return most
	}
	return h.n(4)
}

func several[T any](h *hostile, most int, one func(i int) T) (all []T) {
	for i := range h.many(most) {
		all = append(all, one(i))
	}
	return all
}

func maybe[T any](h *hostile, one func() T) *T {
	if h.rarely(3) {
		return nil
	}
	return new(one())
}

// addresses are so many that each is another, beyond the first few.
func (h *hostile) addresses(most int) []string {
	block := h.n(256)
	return several(h, most, func(i int) string {
		if i > 4 {
			return fmt.Sprintf("10.%d.%d.%d", block, i>>8&255, i&255)
		}
		return h.ip()
	})
}

func (h *hostile) labels(good ...string) map[string]string {
	if h.rarely(8) {
		return nil
	}
	all := map[string]string{}
	for i := range good {
		if !h.rarely(6) {
			all[good[i]] = h.name()
		}
	}
	for i := range h.many(1000) {
		all[h.text([]string{"app", "kubernetes.io/name"})+fmt.Sprint(i)] = h.name()
	}
	return all
}

func (h *hostile) meta(labels ...string) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Name: h.name(), Namespace: h.text(spaces), Labels: h.labels(labels...), ResourceVersion: h.text([]string{"1", "2", "18446744073709551616", "-1"})}
	if h.rarely(8) {
		m.Annotations = map[string]string{corev1.EndpointsLastChangeTriggerTime: choose(h, moments), huge: huge}
	}
	if h.rarely(8) {
		m.DeletionTimestamp = &metav1.Time{Time: time.Unix(int64(h.n(256)), 0)}
	}
	return m
}

func (h *hostile) protocol() corev1.Protocol {
	return corev1.Protocol(h.text([]string{"TCP", "UDP", "SCTP", "", "tcp", "QUIC"}))
}

// object is one of a kind that is watched, and the kind it is watched as.
func (h *hostile) object() (cluster.Kind, any) {
	switch kind := choose(h, cluster.Kinds()); kind {
	case cluster.KindNamespace:
		return kind, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: h.text(spaces), Labels: h.labels()}}
	case cluster.KindService:
		return kind, h.service()
	case cluster.KindPod:
		return kind, h.pod()
	case cluster.KindImport:
		return kind, h.serviceImport()
	default:
		return kind, h.slice()
	}
}

func (h *hostile) service() *corev1.Service {
	s := &corev1.Service{ObjectMeta: h.meta()}
	s.Spec.Type = corev1.ServiceType(h.text([]string{"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}))
	s.Spec.ClusterIPs = h.addresses(100)
	s.Spec.ClusterIP = choose(h, []string{"None", "10.96.0.1", "", "None\x00", huge})
	if h.rarely(2) {
		s.Spec.ClusterIPs = append([]string{corev1.ClusterIPNone}, s.Spec.ClusterIPs...)
	}
	s.Spec.ExternalName = h.text([]string{"web.default.svc.cluster.local", "example.org", "db.a.svc.cluster.local.", "10.0.0.1", "EXAMPLE.org", "cluster.local"})
	s.Spec.Ports = several(h, 300, func(int) corev1.ServicePort {
		return corev1.ServicePort{Name: h.name(), Protocol: h.protocol(), Port: choose(h, numbers)}
	})
	s.Spec.ExternalIPs, s.Spec.Selector = h.addresses(1000), h.labels()
	s.Status.LoadBalancer.Ingress = several(h, 300, func(int) corev1.LoadBalancerIngress {
		return corev1.LoadBalancerIngress{IP: h.ip(), Hostname: h.text([]string{"lb.example.org", "10.0.0.9"})}
	})
	return s
}

func (h *hostile) slice() *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{
		ObjectMeta:  h.meta(discoveryv1.LabelServiceName, mcs.LabelServiceName, mcs.LabelSourceCluster),
		AddressType: choose(h, []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6, discoveryv1.AddressTypeFQDN, "", "IPv5"}),
	}
	addresses := h.addresses
	if s.AddressType == discoveryv1.AddressTypeFQDN && !h.rarely(4) {
		addresses = func(most int) []string {
			return several(h, most, func(int) string { return h.text([]string{"example.org", "web.default.svc.cluster.local"}) })
		}
	}
	s.Endpoints = several(h, 1000, func(i int) discoveryv1.Endpoint {
		e := discoveryv1.Endpoint{
			Conditions: discoveryv1.EndpointConditions{Ready: maybe(h, func() bool { return !h.rarely(4) }), Terminating: maybe(h, func() bool { return h.rarely(2) })},
			Hostname:   maybe(h, h.name), Zone: maybe(h, h.name), NodeName: maybe(h, h.name),
			TargetRef: maybe(h, func() corev1.ObjectReference {
				return corev1.ObjectReference{Kind: h.text([]string{"Pod"}), Name: h.name(), Namespace: h.text(spaces)}
			}),
		}
		if i > 4 {
			e.Addresses = []string{fmt.Sprintf("10.1.%d.%d", i>>8, i&255)}
		} else {
			e.Addresses = addresses(100)
		}
		return e
	})
	s.Ports = several(h, 300, func(int) discoveryv1.EndpointPort {
		return discoveryv1.EndpointPort{Name: maybe(h, h.name), Protocol: maybe(h, h.protocol), Port: maybe(h, func() int32 { return choose(h, numbers) })}
	})
	return s
}

func (h *hostile) pod() *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: h.meta()}
	p.Status.Phase = corev1.PodPhase(h.text([]string{"Running", "Pending", "Succeeded", "Unknown", ""}))
	p.Status.PodIP, p.Spec.HostNetwork = h.ip(), h.rarely(4)
	for _, ip := range h.addresses(1000) {
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	return p
}

func (h *hostile) serviceImport() *mcs.ServiceImport {
	s := &mcs.ServiceImport{ObjectMeta: h.meta()}
	s.Spec.Type = mcs.ServiceImportType(h.text([]string{"ClusterSetIP", "Headless"}))
	s.Spec.IPs = h.addresses(100)
	s.Spec.Ports = several(h, 300, func(int) mcs.ServicePort {
		return mcs.ServicePort{Name: h.name(), Protocol: h.protocol(), Port: choose(h, numbers)}
	})
	return s
}
