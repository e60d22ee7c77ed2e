package kube

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// What `kubectl get services -o yaml` prints of a big cluster is read in a few seconds.
func TestManifestsBig(t *testing.T) {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nitems:\n")
	const services = 10_000
	for i := range services {
		fmt.Fprintf(&text, `- apiVersion: v1
  kind: Service
  metadata:
    annotations:
      meta.helm.sh/release-name: release
    creationTimestamp: "2024-01-01T00:00:00Z"
    labels:
      app.kubernetes.io/managed-by: Helm
    name: svc-%d
    namespace: ns-%d
    resourceVersion: "%d"
    uid: 7f6b9c1c-0f5e-4f0f-8f0e-%012d
  spec:
    clusterIP: 10.%d.%d.%d
    clusterIPs:
    - 10.%d.%d.%d
    internalTrafficPolicy: Cluster
    ipFamilies:
    - IPv4
    ipFamilyPolicy: SingleStack
    ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: 8080
    - name: metrics
      port: 9090
      protocol: TCP
      targetPort: metrics
    selector:
      app: x
    sessionAffinity: None
    type: ClusterIP
  status:
    loadBalancer: {}
`, i, i%50, i, i, i>>16, i>>8&255, i&255, i>>16, i>>8&255, i&255)
	}
	text.WriteString("kind: List\nmetadata:\n  resourceVersion: \"\"\n")
	path := put(t, t.TempDir(), "all.yaml", text.String())
	start := time.Now()
	m, err := NewManifests([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes in %v", text.Len(), time.Since(start))
	if got, want := m.Stats(), (Stats{Files: 1, Objects: services + 50}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What stays of a cluster is small: so many bytes in a State for each object, all told.
func TestStateSize(t *testing.T) {
	ip := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255) }
	service := func(i int) string { return fmt.Sprintf("service-%05d", i) }
	named := func(slice, endpoints int, host func(int) string) any {
		o := sliceObject(fmt.Sprintf("%s-%05d", service(0), slice), service(0))
		for e := range endpoints {
			end := discoveryv1.Endpoint{Addresses: []string{ip(endpoints*slice + e)}}
			if host != nil {
				end.Hostname = ptr(host(e))
			}
			o.Endpoints = append(o.Endpoints, end)
		}
		return o
	}
	for _, c := range []struct {
		what          string
		objects, each int // how many of them one object is
		object        func(int) any
		want          float64 // bytes at most
	}{
		{"a Service", 20_000, 1, func(i int) any { return serviceObject(service(i), ip(i)) }, 180},
		{"a slice without endpoints", 20_000, 1, func(i int) any { return sliceObject(service(i)+"-abcde", service(i)) }, 270},
		{"one of many slices of a Service", 20_000, 1, func(i int) any { return named(i, 0, nil) }, 180},
		{"an endpoint", 1000, 100, func(i int) any { return named(i, 100, nil) }, 6.5},
		{"an endpoint with a hostname of five letters", 1000, 100, func(i int) any {
			return named(i, 100, func(e int) string { return fmt.Sprintf("db-%02d", e) })
		}, 15},
		{"a pod", 50_000, 1, func(i int) any { return podObject(fmt.Sprintf("service-7d9f8c6b5-%05d", i), ip(i)) }, 125},
	} {
		trimmer, state := newTrimmer(Options{Pods: true}), cluster.NewState()
		before := heap()
		for i := range c.objects {
			state.Apply(cluster.Put(trimmer.trim(c.object(i))))
		}
		got := float64(heap()-before) / float64(c.objects*c.each)
		runtime.KeepAlive(state)
		runtime.KeepAlive(trimmer)
		t.Logf("%s takes %.1f bytes", c.what, got)
		if got > c.want {
			t.Errorf("%s takes %.1f bytes, want at most %.1f", c.what, got, c.want)
		}
	}
}

// A State that was big and is not any more is small again.
func TestStateShrinks(t *testing.T) {
	trimmer, state := newTrimmer(Options{Pods: true}), cluster.NewState()
	before := heap()
	var refs []cluster.Change
	for i := range 50_000 {
		p := trimmer.trim(podObject(fmt.Sprint("p", i), "10.0.0.1"))
		state.Apply(cluster.Put(p))
		if i >= 100 {
			refs = append(refs, cluster.Gone(p.Ref()))
		}
	}
	state.Apply(refs...)
	refs = nil
	if size := int64(heap()) - int64(before); size > 100_000 {
		t.Errorf("100 pods that were 50,000 take %d bytes, want at most 100,000", size)
	}
	runtime.KeepAlive(state)
}

// heap is what is in use when all garbage is collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
