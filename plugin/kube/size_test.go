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

// What stays of a big cluster is small: 10,000 Services, 90,000 endpoints, 50,000 pods.
func TestTrimmedSize(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	trimmer := newTrimmer(Options{Pods: true})
	before := heap()
	objects := make([]cluster.Object, 0, 70_000)
	ip := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255) }
	for i := range 10_000 {
		name := fmt.Sprintf("service-%d", i)
		s := serviceObject(name, ip(i))
		objects = append(objects, trimmer.trim(s))
		slice := sliceObject(name+"-abcde", name)
		for e := range 9 {
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{ip(9*i + e)}})
		}
		objects = append(objects, trimmer.trim(slice))
	}
	for i := range 50_000 {
		objects = append(objects, trimmer.trim(podObject(fmt.Sprintf("service-%d-7d9f8c6b5-%05d", i/5, i), ip(i))))
	}
	size := heap() - before
	runtime.KeepAlive(objects)
	t.Logf("%d objects in %.1f MB", len(objects), float64(size)/1e6)
	if size > 32e6 {
		t.Errorf("got %d bytes, want at most 32 MB", size)
	}
}
