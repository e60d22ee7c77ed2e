package kube

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

func TestLiveImports(t *testing.T) {
	for _, version := range importVersions {
		for _, streaming := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s streaming=%v", version, streaming), func(t *testing.T) {
				s := newAPIServer(t, streaming)
				s.serveImports(version, true)
				s.set("serviceimports", importObject(version, "a", "10.0.0.1"), importObject(version, "b", "10.0.0.2"))
				s.set("endpointslices", sliceObject("a-1", "a", "10.1.0.1"), importedSlice("a-2", "a", "East", "10.1.0.2"))
				r, stop := live(t, s, Options{Imports: true})
				eventually(t, r, "first picture", func() bool {
					return r.has("serviceimports default/a", "serviceimports default/b",
						"endpointslices default/a-1", "!endpointslices default/a-2",
						"imported endpointslices default/a-2", "!imported endpointslices default/a-1")
				})
				waitForWatch(t, r, s, "serviceimports", "imported endpointslices")
				got := r.get(cluster.KindImportSlice, "default", "a-2").(*cluster.Slice)
				if !got.Imported || got.Service != "a" || got.Cluster() != "east" {
					t.Errorf("got %+v", got)
				}
				s.send(t, "serviceimports", "MODIFIED", importObject(version, "a", "10.0.0.3"))
				s.send(t, "serviceimports", "DELETED", importObject(version, "b", "10.0.0.2"))
				s.send(t, "imported endpointslices", "DELETED", importedSlice("a-2", "a", "east", "10.1.0.2"))
				eventually(t, r, "events", func() bool {
					a, _ := r.get(cluster.KindImport, "default", "a").(*cluster.Service)
					return a != nil && a.Imported && a.IPs.At(0).String() == "10.0.0.3" &&
						r.has("!serviceimports default/b", "!imported endpointslices default/a-2", "endpointslices default/a-1")
				})
				stop()
				if n := r.reported(""); n != 0 {
					t.Errorf("got %s", r)
				}
			})
		}
	}
}

// A server that has both versions is asked for the newer one alone.
func TestLiveImportsBothVersions(t *testing.T) {
	s := newAPIServer(t, true)
	s.serveImports("v1alpha1", true)
	s.serveImports("v1beta1", true)
	s.set("serviceimports", importObject("v1beta1", "a", "10.0.0.1"))
	r, stop := live(t, s, Options{Imports: true})
	eventually(t, r, "picture", func() bool { return r.has("serviceimports default/a") })
	stop()
	if got := len(s.queries["serviceimports"]); got != 1 {
		t.Errorf("got %d requests, want 1: %q", got, s.queries["serviceimports"])
	}
}

// A server that was not taught ServiceImports has none of them; it may be taught later, and may forget them.
func TestLiveImportsAppear(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.set("serviceimports", importObject("v1alpha1", "a", "10.0.0.1"))
			r, stop := live(t, s, Options{Imports: true})
			eventually(t, r, "empty picture", func() bool { return r.replacements(cluster.KindImport) > 1 })
			const none = "the API server has no serviceimports.multicluster.x-k8s.io"
			if r.reported(none) != 1 || r.reported("") != 1 || r.has("serviceimports default/a") {
				t.Errorf("want one report: %s", r)
			}
			s.serveImports("v1alpha1", true)
			eventually(t, r, "picture", func() bool { return r.has("serviceimports default/a") })
			eventually(t, r, "watch", func() bool {
				return streaming || s.asked("serviceimports", "allowWatchBookmarks=true&resourceVersion=")
			})

			s.serveImports("v1alpha1", false)
			s.send(t, "serviceimports", "ERROR", status(410, "Expired", "gone"))
			eventually(t, r, "none again", func() bool { return r.has("!serviceimports default/a") && r.reported(none) == 2 })
			stop()
			noneLeft(t)
		})
	}
}

func TestLiveImportsForbidden(t *testing.T) {
	s := newAPIServer(t, true)
	s.serveImports("v1beta1", true)
	s.forbid("serviceimports", true)
	r, _ := live(t, s, Options{Imports: true})
	eventually(t, r, "report", func() bool {
		return r.reported("list serviceimports: forbidden: ", "needs list and watch on serviceimports.multicluster.x-k8s.io") == 1
	})
	eventually(t, r, "services", func() bool { return r.replacements(cluster.KindService) > 0 })
	if r.replacements(cluster.KindImport) != 0 {
		t.Error("a kind that is forbidden counts as known")
	}
}

func TestTrimImport(t *testing.T) {
	for _, c := range []struct {
		name string
		spec mcs.ServiceImportSpec
		want cluster.Service
	}{
		{"no IP yet", mcs.ServiceImportSpec{Type: mcs.ClusterSetIP}, cluster.Service{}},
		{"no type", mcs.ServiceImportSpec{IPs: []string{"10.0.0.1"}}, cluster.Service{IPs: ips("10.0.0.1")}},
		{"IPs", mcs.ServiceImportSpec{Type: mcs.ClusterSetIP, IPs: []string{"FD00::1", "x", "::ffff:10.0.0.1"}},
			cluster.Service{IPs: ips("fd00::1", "10.0.0.1")}},
		{"headless", mcs.ServiceImportSpec{Type: mcs.Headless, IPs: []string{"10.0.0.1"}}, cluster.Service{Type: cluster.Headless}},
		{"ports", mcs.ServiceImportSpec{Ports: []mcs.ServicePort{{Name: "HTTP", Port: 80}, {Port: 53, Protocol: "UDP"}}},
			cluster.Service{Ports: cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80}, cluster.Port{Protocol: "udp", Number: 53})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Namespace, c.want.Name, c.want.Imported = "default", "web", true
			got := newTrimmer(Options{}).trim(&mcs.ServiceImport{ObjectMeta: meta("default", "web"), Spec: c.spec})
			if !reflect.DeepEqual(got, &c.want) {
				t.Errorf("got %+v, want %+v", got, &c.want)
			}
		})
	}
}

func TestTrimImportedSlice(t *testing.T) {
	trim := newTrimmer(Options{Places: true}).of(cluster.KindImportSlice)
	for id, want := range map[string]string{"east": "east", "East-1": "east-1", "": "", "a.b": "", "-a": "", "a_b": ""} {
		o := importedSlice("web-x", "web", id, "10.0.0.1")
		o.Endpoints[0].Zone = ptr("a")
		wanted := &cluster.Slice{
			Namespace: "default", Name: "web-x", Service: "web", Imported: true,
			Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: ips("10.0.0.1").At(0)}),
		}
		if want != "" {
			wanted.Beside = &cluster.Beside{Cluster: want}
		}
		if got := trim(o); !reflect.DeepEqual(got, wanted) {
			t.Errorf("%q: got %+v, want %+v", id, got, wanted)
		}
	}
	for _, o := range []any{sliceObject("web-x", "web"), importedSlice("web-x", "A", "east"), importedSlice("", "web", "east"), serviceObject("a", "None"), nil} {
		if got := trim(o); got != nil {
			t.Errorf("got %v of %v, want nothing", got, o)
		}
	}
}

func TestManifestsImports(t *testing.T) {
	const text = `
kind: ServiceImport
apiVersion: multicluster.x-k8s.io/v1alpha1
metadata: {name: a}
spec: {type: ClusterSetIP, ips: [10.0.0.1], ports: [{name: http, port: 80}]}
---
kind: ServiceImport
apiVersion: multicluster.x-k8s.io/v1beta1
metadata: {name: b}
spec: {type: Headless}
---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata:
  name: b-1
  labels: {multicluster.kubernetes.io/service-name: b, multicluster.kubernetes.io/source-cluster: east}
endpoints: [{addresses: [10.1.0.1]}]
---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata:
  name: both
  labels: {multicluster.kubernetes.io/service-name: b, kubernetes.io/service-name: c}
---
kind: ServiceImport
apiVersion: multicluster.x-k8s.io/v1beta1
metadata: {name: Bad.Name, namespace: implied}
`
	imports := []string{"serviceimports default/a", "serviceimports default/b", "imported endpointslices default/b-1", "imported endpointslices default/both"}
	r := load(t, Options{Imports: true}, text)
	if !r.has(append(imports, "endpointslices default/both", "!endpointslices default/b-1", "namespaces implied")...) {
		t.Errorf("got %s", r)
	}
	if r.reported("ServiceImport implied/Bad.Name: not a DNS label") != 1 {
		t.Errorf("want a report of the bad name: %s", r)
	}
	b := r.get(cluster.KindImportSlice, "default", "b-1").(*cluster.Slice)
	if b.Cluster() != "east" || b.Service != "b" || b.Endpoints.Len() != 1 {
		t.Errorf("got %+v", b)
	}
	r = load(t, Options{}, text)
	for i := range imports {
		imports[i] = "!" + imports[i]
	}
	if !r.has(append(imports, "endpointslices default/both", "namespaces default", "namespaces implied")...) || r.reported("") != 0 {
		t.Errorf("without imports: got %s", r)
	}
	r = load(t, Options{Imports: true, NoEndpoints: true}, text)
	if !r.has("serviceimports default/a", "!endpointslices default/both", "imported endpointslices default/both", "namespaces default") {
		t.Errorf("without endpoints: got %s", r)
	}
}
