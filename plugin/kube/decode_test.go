package kube

import (
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A file that is nothing but punctuation is refused before it takes memory, whatever it repeats; one of as many Services as
// fit in the longest is not.
func TestMarks(t *testing.T) {
	const most = 1 << 20
	for _, mark := range []string{"[", "[],", "a,", "- ", "-\n", "a: 1\n", "---\n", "? ", "&a a,", "*a,", "{},", `{"a":0},`, "a:\n"} {
		data := []byte(strings.Repeat(mark, longestFile/len(mark)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readContents(data, Options{}, newTrimmer(Options{}))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "values") {
			t.Errorf("%q: got %v, want too many values", mark, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%q: took %d bytes, want at most %d", mark, got, most)
		}
	}
	const service = `apiVersion: v1
kind: Service
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"name":"web","namespace":"default"},"spec":{"ports":[{"name":"http","port":80}]}}
  creationTimestamp: "2026-01-02T03:04:05Z"
  labels:
    app.kubernetes.io/name: web
  name: web
  namespace: default
  resourceVersion: "1234567"
  uid: 0f0f0f0f-1111-2222-3333-444444444444
spec:
  clusterIP: 10.96.0.1
  clusterIPs:
  - 10.96.0.1
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app.kubernetes.io/name: web
  sessionAffinity: None
  type: ClusterIP
---
`
	if n := marks([]byte(service)) * 30_000; n > mostMarks || len(service)*30_000 > longestFile {
		t.Errorf("30,000 Services have %d marks and %d bytes, want at most %d and %d", n, len(service)*30_000, mostMarks, longestFile)
	}
}

// What a file takes while it is read has a bound: it follows from how many marks it has.
func TestMarksAreWeighed(t *testing.T) {
	const most = 700
	for _, mark := range []string{"[],", "a,", "&a a,", `"",`, "{a: b},"} {
		data := []byte("[" + strings.Repeat(mark, 20_000) + "]")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := documents(data, func(*yaml.Node) error { return nil }); err != nil {
			t.Errorf("%q: %v", mark, err)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / uint64(marks(data)); got > most {
			t.Errorf("%q: %d bytes for each mark, want at most %d", mark, got, most)
		} else {
			t.Logf("%q: %d bytes for each mark", mark, got)
		}
	}
}
