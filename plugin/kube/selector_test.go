package kube

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

func TestCheckSelector(t *testing.T) {
	for text, want := range map[string]string{
		"":       "",
		"a=b":    "",
		"a == b": "", "a!=b": "", "environment in (staging, qa),application=nginx": "", "a notin (x),b,!c": "", "a=": "",
		"a in":  "unable to parse requirement",
		"a b":   "unable to parse requirement",
		"=":     "found '='",
		"a=b=c": "found '='",
		"-=b":   "name part must consist of",
	} {
		if err := CheckSelector(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	for _, o := range []Options{{Labels: "a in"}, {NamespaceLabels: "a in"}} {
		s := newAPIServer(t, true)
		if _, err := NewLive(s.config(), o); err == nil || !strings.Contains(err.Error(), `"a in": want a label selector`) {
			t.Errorf("got %v from NewLive", err)
		}
		if _, err := NewManifests([]string{t.TempDir()}, o); err == nil || !strings.Contains(err.Error(), `"a in": want a label selector`) {
			t.Errorf("got %v from NewManifests", err)
		}
	}
}

// The server selects: what is left out is not sent.
func TestLiveSelectors(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.serveImports("v1beta1", true)
			s.set("namespaces", namespaceObject("default"), labelled(namespaceObject("shop"), "env", "qa"))
			s.set("services", serviceObject("a", "10.0.0.1"), labelled(serviceObject("b", "None"), "app", "web"))
			s.set("endpointslices",
				sliceObject("a-1", "a", "10.1.0.1"), labelled(sliceObject("b-1", "b", "10.1.0.2"), "app", "web"),
				importedSlice("a-2", "a", "east", "10.1.0.3"), labelled(importedSlice("b-2", "b", "east", "10.1.0.4"), "app", "web"))
			s.set("pods", podObject("p", "10.1.0.1"), labelled(podObject("q", "10.1.0.2"), "app", "web"))
			s.set("serviceimports", importObject("v1beta1", "a", "10.0.0.1"), labelled(importObject("v1beta1", "b", "10.0.0.2"), "app", "web"))
			o := Options{Pods: true, Imports: true, Labels: "app in (web, db)", NamespaceLabels: "env=qa"}
			r, _ := live(t, s, o)
			for _, k := range o.kinds() {
				eventually(t, r, k.String()+" replaced", func() bool { return r.replacements(k) > 0 })
			}
			if !r.has("namespaces shop", "!namespaces default", "services default/b", "!services default/a",
				"endpointslices default/b-1", "!endpointslices default/a-1", "pods default/q", "!pods default/p",
				"serviceimports default/b", "!serviceimports default/a",
				"imported endpointslices default/b-2", "!imported endpointslices default/a-2") {
				t.Errorf("got %s", r)
			}
			if !s.asked("imported endpointslices", "labelSelector=multicluster.kubernetes.io%2Fservice-name%2Capp+in+%28db%2Cweb%29") {
				t.Errorf("got requests %q", s.queries["imported endpointslices"])
			}
		})
	}
}

func TestLiveNoEndpoints(t *testing.T) {
	s := newAPIServer(t, true)
	s.serveImports("v1beta1", true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.set("endpointslices", sliceObject("a-1", "a", "10.1.0.1"))
	o := Options{Imports: true, NoEndpoints: true}
	r, stop := live(t, s, o)
	for _, k := range []cluster.Kind{cluster.KindNamespace, cluster.KindService, cluster.KindImport, cluster.KindImportSlice} {
		eventually(t, r, k.String()+" replaced", func() bool { return r.replacements(k) > 0 })
	}
	if got := len(o.kinds()); got != 4 {
		t.Errorf("got %v, want 4 kinds", o.kinds())
	}
	stop()
	if got := len(s.queries["endpointslices"]); got != 0 {
		t.Errorf("got %d requests for slices of Services", got)
	}
}

func TestManifestsSelectors(t *testing.T) {
	const text = `
{kind: Namespace, apiVersion: v1, metadata: {name: shop, labels: {env: qa}}}
---
{kind: Namespace, apiVersion: v1, metadata: {name: bank}}
---
{kind: Service, apiVersion: v1, metadata: {name: a, namespace: shop}, spec: {clusterIP: 10.0.0.1}}
---
{kind: Service, apiVersion: v1, metadata: {name: b, namespace: implied, labels: {app: web}}, spec: {clusterIP: None}}
---
{kind: Pod, apiVersion: v1, metadata: {name: p, labels: {app: web}}, status: {podIP: 10.1.0.1}}
---
{kind: Pod, apiVersion: v1, metadata: {name: q, labels: {app: db}}, status: {podIP: 10.1.0.1}}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: a-1, namespace: shop, labels: {kubernetes.io/service-name: a}}}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: b-1, namespace: implied, labels: {kubernetes.io/service-name: b, app: web}}}
---
{kind: Endpoints, apiVersion: v1, metadata: {name: a, namespace: shop, labels: {app: web}}, subsets: [{addresses: [{ip: 10.1.0.9}]}]}
---
{kind: Endpoints, apiVersion: v1, metadata: {name: c, namespace: shop, labels: {app: web}}, subsets: [{addresses: [{ip: 10.1.0.9}]}]}
---
{kind: Endpoints, apiVersion: v1, metadata: {name: d, namespace: shop}, subsets: [{addresses: [{ip: 10.1.0.9}]}]}
---
{kind: ServiceImport, apiVersion: multicluster.x-k8s.io/v1alpha1, metadata: {name: a, namespace: shop}, spec: {type: Headless}}
---
{kind: ServiceImport, apiVersion: multicluster.x-k8s.io/v1alpha1, metadata: {name: b, namespace: shop, labels: {app: web}}, spec: {type: Headless}}
`
	r := load(t, Options{Pods: true, Imports: true, Labels: "app=web"}, text)
	if !r.has("namespaces shop", "namespaces bank", "namespaces implied", "namespaces default",
		"services implied/b", "!services shop/a", "pods default/p", "!pods default/q",
		"endpointslices implied/b-1", "!endpointslices shop/a-1", "!endpointslices shop/a/0/IPv4",
		"endpointslices shop/c/0/IPv4", "!endpointslices shop/d/0/IPv4", "serviceimports shop/b", "!serviceimports shop/a") {
		t.Errorf("labels: got %s", r)
	}
	if r.reported("not a DNS label") != 0 {
		t.Errorf("what is left out is reported: %s", r)
	}
	for selector, want := range map[string][]string{
		"env=qa":                                {"namespaces shop", "!namespaces bank", "!namespaces implied", "!namespaces default", "services shop/a"},
		"!env":                                  {"!namespaces shop", "namespaces bank", "namespaces implied", "namespaces default"},
		"kubernetes.io/metadata.name=implied":   {"!namespaces shop", "!namespaces bank", "namespaces implied"},
		"kubernetes.io/metadata.name in (bank)": {"!namespaces shop", "namespaces bank", "!namespaces implied"},
	} {
		if r := load(t, Options{NamespaceLabels: selector}, text); !r.has(want...) {
			t.Errorf("%s: got %s, want %q", selector, r, want)
		}
	}
}
