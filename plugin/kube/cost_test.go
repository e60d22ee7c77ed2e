package kube

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// endpointSlice has so many endpoints, as Kubernetes writes them.
func endpointSlice(n int, hostnames bool) *discoveryv1.EndpointSlice {
	s := sliceObject("web-abcde", "web")
	s.Endpoints = nil
	for i := range n {
		e := discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.1.%d.%d", i>>8, i&255)}, NodeName: ptr("node-1"), Zone: ptr("eu-west-1a"),
			Conditions: discoveryv1.EndpointConditions{Ready: ptr(true), Serving: ptr(true), Terminating: ptr(false)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: "default", Name: fmt.Sprintf("web-6d4b75cb6d-%05x", i)},
		}
		if hostnames {
			e.Hostname = ptr(fmt.Sprintf("web-%d", i))
		}
		s.Endpoints = append(s.Endpoints, e)
	}
	s.Ports = []discoveryv1.EndpointPort{{Name: ptr("http"), Protocol: ptr(corev1.ProtocolTCP), Port: ptr(int32(8080))}}
	return s
}

// BenchmarkTrim trims objects to what DNS can see of them.
func BenchmarkTrim(b *testing.B) {
	service := serviceObject("web", "10.96.0.1")
	service.Spec.Ports = []corev1.ServicePort{{Name: "http", Protocol: "TCP", Port: 80}}
	for _, c := range []struct {
		name   string
		object any
	}{
		{"service", service},
		{"slice_of_10", endpointSlice(10, false)},
		{"slice_of_100", endpointSlice(100, false)},
		{"slice_of_100_with_hostnames", endpointSlice(100, true)},
		{"pod", podObject("web-6d4b75cb6d-x2x7k", "10.1.0.1")},
	} {
		b.Run(c.name, func(b *testing.B) {
			t := newTrimmer(Options{Pods: true})
			b.ReportAllocs()
			for b.Loop() {
				if t.trim(c.object) == nil {
					b.Fatal("DNS does not see it")
				}
			}
		})
	}
}

// nobody is a sink that does nothing.
type nobody struct{}

func (nobody) Apply(...cluster.Change)                          {}
func (nobody) Replace([]cluster.Kind, []cluster.Object, uint64) {}

// BenchmarkEvent is all that a watch event takes before it is applied.
func BenchmarkEvent(b *testing.B) {
	s := testStore(newRecorder())
	s.kind, s.sink = cluster.KindSlice, nobody{}
	slice := endpointSlice(100, false)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Update(slice); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkManifests reads a thousand services from YAML.
func BenchmarkManifests(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: svc-%d\n  namespace: shop\nspec:\n  clusterIP: 10.96.%d.%d\n  ports:\n  - name: http\n    port: 80\n", i, i>>8, i&255)
	}
	path := put(b, b.TempDir(), "all.yaml", text.String())
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewManifests([]string{path}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
