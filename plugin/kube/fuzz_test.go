package kube

import (
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// FuzzManifest holds what a file may do to us: nothing worse than an error, and no object that breaks what
// package cluster promises of it.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(webService + "---\n" + dbService))
	f.Add([]byte(`{"kind":"List","items":[{"kind":"Endpoints","apiVersion":"v1","metadata":{"name":"a"},"subsets":[{"addresses":[{"ip":"10.0.0.1"}],"ports":[{"port":1}]}]}]}`))
	f.Add([]byte("kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\nmetadata: {name: s, labels: {kubernetes.io/service-name: web}}\naddressType: FQDN\nendpoints: [{addresses: [a.b], hostname: x, targetRef: {kind: Pod, name: p}}]\nports: [{name: x, port: 1}]\n"))
	f.Add([]byte("kind: Pod\napiVersion: v1\nmetadata: {name: p}\nstatus: {podIPs: [{ip: '::ffff:1.2.3.4'}]}\n"))
	f.Add([]byte("kind: Service\napiVersion: v1\nmetadata: &m {name: x}\nspec: {type: ExternalName, externalName: Ex.Org}\n---\nkind: Namespace\napiVersion: v1\nmetadata: *m\n"))
	f.Add([]byte("kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\nmetadata: {name: s, labels: {kubernetes.io/service-name: web, multicluster.kubernetes.io/service-name: web, multicluster.kubernetes.io/source-cluster: East}}\naddressType: IPv4\nendpoints: [{addresses: [10.0.0.1], zone: A}, {addresses: [x, 10.0.0.2]}]\n"))
	f.Add([]byte("kind: ServiceImport\napiVersion: multicluster.x-k8s.io/v1alpha1\nmetadata: {name: web}\nspec: {type: ClusterSetIP, ips: [10.0.0.1, x], ports: [{name: H, port: 80}]}\n"))
	f.Add([]byte("kind: Service\napiVersion: v1\nmetadata: {name: web}\nspec: {selector: {a: b}, externalIPs: [1.2.3.4, x]}\nstatus: {loadBalancer: {ingress: [{hostname: A.b}, {hostname: 1.2.3.4}, {ip: 1.2.3.5, hostname: c}]}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{Pods: true, PodNames: true, PodLabels: true, Places: true, Outside: true, Imports: true}
		c, err := readContents(data, o, newTrimmer(o))
		if err != nil {
			if _, ok := err.(*lineError); !ok {
				t.Errorf("got an error without a line: %v", err)
			}
			return
		}
		selectors, err := o.selectors()
		if err != nil {
			t.Fatal(err)
		}
		m := &Manifests{options: o, selectors: selectors, files: map[string]*file{"a": {path: "a", contents: c}}}
		seen := map[cluster.Ref]bool{}
		for _, object := range m.merge() {
			if seen[object.Ref()] {
				t.Errorf("two of %s", object.Ref())
			}
			seen[object.Ref()] = true
			check(t, object)
			if err := cluster.Valid(object); err != nil {
				t.Errorf("who stores it could not load it: %v", err)
			}
		}
	})
}

// check holds an object to what package cluster promises.
func check(t *testing.T, object cluster.Object) {
	t.Helper()
	ref := object.Ref()
	fail := func(what string, v any) { t.Errorf("%s: %s: %v", ref, what, v) }
	name := func(s string) {
		if s == "" || len(s) > 63 || s != strings.ToLower(s) || strings.ContainsAny(s, ". \\\x00") {
			fail("not a label", s)
		}
	}
	fqdn := func(s string) {
		if !strings.HasSuffix(s, ".") || len(s) > 254 || s != strings.ToLower(s) {
			fail("not a name", s)
			return
		}
		for l := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
			name(l)
		}
	}
	addrs := func(list cluster.Addrs) {
		for a := range list.All() {
			if !a.IsValid() || a.Is4In6() || a.Zone() != "" {
				fail("not an address", a)
			}
		}
	}
	ports := func(list cluster.Ports) {
		for _, p := range list.All() {
			if p.Name != "" {
				name(p.Name)
			}
			if p.Protocol != "" && p.Protocol != "tcp" && p.Protocol != "udp" && p.Protocol != "sctp" {
				fail("protocol", p)
			}
		}
	}
	switch o := object.(type) {
	case *cluster.Namespace:
		name(o.Name)
	case *cluster.Service:
		name(o.Namespace)
		name(o.Name)
		addrs(o.IPs)
		ports(o.Ports)
		if o.Type != cluster.ClusterIP && o.IPs.Len() > 0 {
			fail("cluster IPs of a service that is none", o.IPs)
		}
		if o.External != nil {
			fqdn(*o.External)
		}
		if o.Imported && o.Type == cluster.ExternalName {
			fail("an import of type", o.Type)
		}
		if o.Outside != nil {
			addrs(o.Outside.IPs)
			for _, h := range o.Outside.Hosts {
				fqdn(h)
			}
			if o.Outside.Empty() {
				fail("empty", o.Outside)
			}
		}
	case *cluster.Slice:
		name(o.Namespace)
		name(o.Service)
		addrs(o.Unready())
		if o.Cluster() != "" {
			name(o.Cluster())
		}
		if o.Cluster() != "" && !o.Imported || o.Imported && o.Places() != nil {
			fail("imported or not", o)
		}
		if o.Places() != nil && len(o.Places()) != o.Endpoints.Len() {
			fail("places beside endpoints", o.Places())
		}
		if o.Beside != nil && o.Size() == 0 && o.Cluster() == "" && o.Unready().Len() == 0 {
			fail("beside an empty slice", o.Beside)
		}
		ports(o.Ports)
		addrs(o.Endpoints.Addrs())
		for _, e := range o.Endpoints.All() {
			if e.Name != "" {
				name(e.Name)
			}
		}
		for _, h := range o.FQDNs() {
			fqdn(h.Target)
			if h.Name != "" {
				name(h.Name)
			}
		}
	case *cluster.Pod:
		name(o.Namespace)
		addrs(o.IPs)
		if o.IPs.Len() == 0 {
			fail("no address", o)
		}
	default:
		fail("type", o)
	}
}
