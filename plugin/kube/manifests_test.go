package kube

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// put writes a file below the folder; an empty text removes it.
func put(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if text == "" {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	webService = "kind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\nspec: {clusterIP: 10.0.0.1, ports: [{name: HTTP, port: 80}]}\n"
	dbService  = "kind: Service\napiVersion: v1\nmetadata: {name: db}\nspec: {clusterIP: None}\n"
)

// load reads one file as a source would.
func load(t *testing.T, o Options, text string) *recorder {
	t.Helper()
	r := newRecorder()
	o.Report = r.report
	m, err := NewManifests([]string{put(t, t.TempDir(), "a.yaml", text)}, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Replace(m.Kinds(), m.merge(), 0)
	return r
}

func TestManifestsKinds(t *testing.T) {
	r := load(t, Options{Pods: true, PodNames: true}, `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata: {name: empty}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, creationTimestamp: 2024-01-01T00:00:00Z}, spec: {type: ExternalName, externalName: Example.ORG}}
- apiVersion: v1
  kind: Pod
  metadata: {name: p, namespace: pods}
  status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}, {ip: "fd00::1"}]}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
  addressType: IPv4
  endpoints:
  - addresses: [10.1.0.2]
    hostname: DB-0
    targetRef: {kind: Pod, name: db-0}
  ports: [{port: 5432}]
---
apiVersion: v1
kind: ServiceList
items: [{metadata: {name: typed}}]
---
# nothing
---
{
	"kind": "Deployment",
	"apiVersion": "apps/v1", "metadata": {"name": "x"}
}
---
{"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1beta1", "metadata": {"name": "x"}}
`)
	for _, ref := range []string{
		"namespaces empty", "namespaces shop", "namespaces default", "namespaces pods", "services shop/web",
		"services default/typed", "pods pods/p", "endpointslices default/db-1",
	} {
		if !r.has(ref) {
			t.Errorf("no %s", ref)
		}
	}
	if len(r.objects) != 8 {
		t.Errorf("got %d objects, want 8: %s", len(r.objects), r)
	}
	if got := r.get(cluster.KindService, "shop", "web").(*cluster.Service).Target(); got != "example.org." {
		t.Errorf("got target %q", got)
	}
	got := r.get(cluster.KindSlice, "default", "db-1").(*cluster.Slice)
	want := &cluster.Slice{
		Namespace: "default", Name: "db-1", Service: "db",
		Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: netip.MustParseAddr("10.1.0.2"), Name: "db-0"}),
		Ports:     cluster.PortsOf(cluster.Port{Protocol: "tcp", Number: 5432}),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if r.reported("1 of kind Deployment.apps") != 1 || r.reported("1 of kind EndpointSlice.discovery.k8s.io") != 1 {
		t.Errorf("kinds that are not for DNS are not reported: %s", r)
	}
}

func TestManifestsJSON(t *testing.T) {
	r := load(t, Options{}, `{
	"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io\/v1",
	"metadata": {"name": "a", "labels": {"kubernetes.io\/service-name": "a", "x": "\\/ \u0041\ud83d\uDE00\n"}}
}`)
	if !r.has("endpointslices default/a") {
		t.Errorf("got %s", r)
	}
	if got := string(plainJSON([]byte(`{"a": "\u0041\ud83d\uDE00 \\/ \/"}`))); got != `{"a": "\u0041😀 \\/ /"}` {
		t.Errorf("got %s", got)
	}
}

func TestManifestsEndpoints(t *testing.T) {
	endpoints := `
apiVersion: v1
kind: Endpoints
metadata: {name: db}
subsets:
- addresses: [{ip: 10.1.0.1, hostname: db-0, targetRef: {kind: Pod, name: db-0}}, {ip: "fd00::1"}, {ip: nonsense}]
  notReadyAddresses: [{ip: 10.1.0.2}]
  ports: [{name: sql, port: 5432, protocol: TCP}]
- addresses: [{ip: 10.1.0.3}]
  ports: [{port: 1}]
`
	r := load(t, Options{PodNames: true}, dbService+"---"+endpoints)
	got := r.get(cluster.KindSlice, "default", "db/0/IPv4")
	want := &cluster.Slice{
		Namespace: "default", Name: "db/0/IPv4", Service: "db",
		Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: netip.MustParseAddr("10.1.0.1"), Name: "db-0"}),
		Beside:    &cluster.Beside{Unready: ips("10.1.0.2")},
		Ports:     cluster.PortsOf(cluster.Port{Name: "sql", Protocol: "tcp", Number: 5432}),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !r.has("endpointslices default/db/0/IPv6", "endpointslices default/db/1/IPv4", "!endpointslices default/db/1/IPv6") {
		t.Errorf("want a slice for each subset and family: %s", r)
	}

	// An export of a cluster holds what the cluster mirrored, too.
	r = load(t, Options{}, dbService+"---"+endpoints+`
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-x, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.1]}]
`)
	if !r.has("endpointslices default/db-x", "!endpointslices default/db/0/IPv4") {
		t.Errorf("endpoints are doubled: %s", r)
	}
}

func TestManifestsNamespaces(t *testing.T) {
	r := load(t, Options{}, webService+"---\nkind: Pod\napiVersion: v1\nmetadata: {name: p, namespace: unwanted}\nstatus: {podIP: 10.0.0.9}\n"+
		"---\nkind: Service\napiVersion: v1\nmetadata: {name: Bad.Name, namespace: shop}\n")
	if !r.has("namespaces shop", "namespaces unwanted", "!pods unwanted/p", "!services shop/Bad.Name") {
		t.Errorf("want two implied namespaces and no pod: %s", r)
	}
	if r.reported("a.yaml:11: Service shop/Bad.Name: not a DNS label") != 1 {
		t.Errorf("want a report of the bad name: %s", r)
	}
}

func TestManifestsErrors(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	slice := "kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\nmetadata: {name: s}\nendpoints:\n"
	for _, c := range []struct{ name, text, want string }{
		{"syntax", "kind: Service\nmetadata: [\n", ":2: did not find expected node content"},
		{"tab", "kind: Service\n\tmetadata: x\n", ":2: found a tab character"},
		{"second document", dbService + "---\nkind: Service\nmetadata:\n  name: x\n   y: z\n", ":9: mapping values are not allowed"},
		{"scalar", "hello\n", ":1: want an object of the API, have string"},
		{"list", "- hello\n", ":1: want an object of the API, have array"},
		{"no kind", "metadata: {name: x}\n", ":1: want an object of the API: it has no kind"},
		{"no name", "\nkind: Service\napiVersion: v1\n", ":2: Service without metadata.name"},
		{"items", "kind: List\nitems:\n  a: b\n", ":3: items: want a list, have object"},
		{"item", "kind: List\nitems:\n- 5\n", ":3: want an object of the API, have number"},
		{"port text", dbService + "  \n---\n" + webService + "---\nkind: Service\napiVersion: v1\nmetadata: {name: x}\nspec:\n  ports:\n  - port: 1\n  - name: x\n    port: eighty\n",
			":19: spec.ports.port: want a number (int32), have string"},
		{"string number", "kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec:\n  clusterIP: 10\n", ":5: spec.clusterIP: want a string, have number"},
		{"label", "kind: Service\napiVersion: v1\nmetadata:\n  name: x\n  labels:\n    a: b\n    on: true\n", ":7: metadata.labels: want a string, have bool"},
		{"list for text", slice + "- addresses: 10.0.0.1\n", ":5: endpoints.addresses: want a list, have string"},
		{"object for list", slice + "  addresses: [10.0.0.1]\n", ":5: endpoints: want a list, have object"},
		{"ready", slice + "- addresses: [10.0.0.1]\n  conditions:\n    ready: maybe\n", ":7: endpoints.conditions.ready: want true or false, have string"},
		{"overflow", "kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec:\n  ports:\n  - port: 99999999999\n", ":6: spec.ports.port: want a number (int32), have number 99999999999"},
		{"duplicate key", "kind: Service\napiVersion: v1\nmetadata: {name: x}\nmetadata: {name: y}\n", ":4: mapping key \"metadata\" already defined at line 3"},
		{"key", "kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec: {1: 2}\n", ":1: not an object of the API"},
		{"deep", "kind: Service\nspec: " + deep, ":2: nested deeper than 200"},
		{"bomb", "kind: Service\n" + bomb, "more than 16777216 values, aliases written out"},
		{"cycle", "kind: Service\nspec: &a [*a]\n", ":2: "},
		{"binary", "kind: Service\x00\x01\n", ":1: control characters are not allowed"},
		{"time", "kind: Service\napiVersion: v1\nmetadata: {name: x, creationTimestamp: noon}\n", ":1: parsing time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := put(t, t.TempDir(), "x.yaml", c.text)
			_, err := NewManifests([]string{path}, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "manifests: "+path+":") {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestManifestsPaths(t *testing.T) {
	if _, err := NewManifests(nil, Options{}); err == nil {
		t.Error("no path is no error")
	}
	folder := t.TempDir()
	missing := filepath.Join(folder, "none.yaml")
	if _, err := NewManifests([]string{missing}, Options{}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v, want the path that is missing", err)
	}
	if _, err := NewManifests([]string{os.DevNull}, Options{}); err == nil || !strings.Contains(err.Error(), "want a file or a folder") {
		t.Errorf("got %v for a device", err)
	}
	r := newRecorder()
	if _, err := NewManifests([]string{folder}, Options{Report: r.report}); err != nil || r.reported("no .yaml, .yml or .json") != 1 {
		t.Errorf("empty folder: got %v, %s", err, r)
	}
	long := put(t, folder, "long.yaml", "x")
	if err := os.Truncate(long, longestFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := NewManifests([]string{long}, Options{}); err == nil || !strings.Contains(err.Error(), "longer than 32 MiB") {
		t.Errorf("got %v for a long file", err)
	}
}
