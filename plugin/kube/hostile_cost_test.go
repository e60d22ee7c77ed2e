package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// notForLong is how much of a processor's time one change, or one question, may take. What costs the square of an object's size takes
// minutes.
const notForLong = 30 * time.Second

// TestHostileCost makes single objects as large as an API server takes them, changes them, and asks about them. No change
// keeps who writes for long, and no question who asks.
func TestHostileCost(t *testing.T) {
	for name, one := range map[string]func(*bigWorld){
		"ports": func(w *bigWorld) {
			service, slice := w.service(corev1.ClusterIPNone), w.slice()
			for i := range 20_000 {
				service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: fmt.Sprint("p", i), Protocol: "TCP", Port: int32(i + 1)})
				slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: new(fmt.Sprint("p", i)), Protocol: new(corev1.ProtocolTCP), Port: new(int32(i + 1))})
			}
			for i := range 100 {
				slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{testAddr(i)}})
			}
			w.put("service", cluster.KindService, service)
			w.put("slice", cluster.KindSlice, slice)
			slice.Endpoints[3].Addresses[0] = testAddr(1000)
			w.put("another endpoint", cluster.KindSlice, slice)
			service.Spec.ClusterIPs = []string{"10.96.0.1"}
			w.put("another type", cluster.KindService, service)
			service.Spec.Ports[7].Port = 99
			w.put("another port", cluster.KindService, service)
			w.ask("web.default.svc.cluster.local.", "_p7._tcp.web.default.svc.cluster.local.", "10-0-0-1.web.default.svc.cluster.local.")
			service.Spec.ClusterIPs = []string{corev1.ClusterIPNone}
			w.put("headless again", cluster.KindService, service)
			w.ask("web.default.svc.cluster.local.", "_p7._tcp.web.default.svc.cluster.local.", "10-0-0-1.web.default.svc.cluster.local.")
		},
		"addresses outside": func(w *bigWorld) {
			service := w.service("10.96.0.1")
			for i := range 60_000 {
				service.Spec.ExternalIPs = append(service.Spec.ExternalIPs, testAddr(i))
			}
			w.put("service", cluster.KindService, service)
			service.Spec.ExternalIPs = service.Spec.ExternalIPs[1:]
			w.put("one address less", cluster.KindService, service)
			w.ask("web.default.svc.cluster.local.")
		},
		"addresses of one endpoint name": func(w *bigWorld) {
			slice := w.slice()
			for i := range 1000 {
				e := discoveryv1.Endpoint{Hostname: new("one")}
				for j := range 100 {
					e.Addresses = append(e.Addresses, testAddr(100*i+j))
				}
				slice.Endpoints = append(slice.Endpoints, e)
			}
			w.put("service", cluster.KindService, w.service(corev1.ClusterIPNone))
			w.put("slice", cluster.KindSlice, slice)
			w.ask("web.default.svc.cluster.local.", "one.web.default.svc.cluster.local.")
			for i := range slice.Endpoints {
				for j := range slice.Endpoints[i].Addresses {
					slice.Endpoints[i].Addresses[j] = testAddr(200_000 + 100*i + j)
				}
			}
			w.put("other addresses", cluster.KindSlice, slice)
			for i := range slice.Endpoints {
				slice.Endpoints[i].Hostname = nil
			}
			w.put("no hostname", cluster.KindSlice, slice)
		},
		"addresses of a pod": func(w *bigWorld) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default"}}
			for i := range 60_000 {
				pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: testAddr(i)})
			}
			w.put("pod", cluster.KindPod, pod)
			pod.Status.PodIPs = pod.Status.PodIPs[1:]
			w.put("one address less", cluster.KindPod, pod)
		},
	} {
		t.Run(name, func(t *testing.T) { one(&bigWorld{newWorld(t, &hostile{})}) })
	}
}

// bigWorld is a world in which things are big.
type bigWorld struct{ *world }

func (w *bigWorld) service(ip string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"}, Spec: corev1.ServiceSpec{ClusterIPs: []string{ip}}}
}

func (w *bigWorld) slice() *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: "web-1", Namespace: "default", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
}

func testAddr(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255) }

func (w *bigWorld) put(what string, kind cluster.Kind, object any) {
	w.t.Helper()
	w.within(what, func() { _ = w.stores[kind].Update(object) })
}

func (w *bigWorld) ask(names ...string) {
	w.t.Helper()
	for _, name := range names {
		for _, typ := range []uint16{dns.TypeA, dns.TypeSRV} {
			q, reply := new(answer.Query), answer.Reply{}
			if err := q.SetMsg(new(dns.Msg).SetQuestion(name, typ), true); err != nil {
				w.t.Fatal(err)
			}
			w.within(name, func() {
				w.zone.Find(q, &reply)
				if err := new(dns.Msg).Unpack(reply.Append(nil, q)); err != nil {
					w.t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
}

func (w *bigWorld) within(what string, do func()) {
	w.t.Helper()
	begun := processorTime()
	do()
	if took := processorTime() - begun; took > notForLong {
		w.t.Errorf("%s: took %v", what, took)
	} else {
		w.t.Logf("%s: took %v", what, took)
	}
}
