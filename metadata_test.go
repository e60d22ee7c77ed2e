package kubenames

import (
	"context"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	intree "github.com/coredns/coredns/plugin/kubernetes"
	"github.com/coredns/coredns/plugin/metadata"
	"github.com/coredns/coredns/plugin/test"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// with is a handler that answers for the objects.
func with(t testing.TB, spec zone.Spec, objects ...cluster.Object) *Kubenames {
	t.Helper()
	z, err := zone.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), objects, 1)
	z.Rebuild(s)
	return &Kubenames{zone: z, spec: spec}
}

// from is a question that comes from the address.
func from(address, qname string, qtype uint16) request.Request {
	return request.Request{Req: new(dns.Msg).SetQuestion(qname, qtype), W: &test.ResponseWriter{RemoteIP: address}}
}

func TestMetadata(t *testing.T) {
	k := with(t, zone.Spec{Origins: []string{"cluster.local.", "clusterset.local.", "in-addr.arpa."}, Pods: zone.Verified},
		&cluster.Pod{Namespace: "ns", Name: "p", IPs: cluster.AddrsOf(addresses("10.0.0.1", "fd00::1")...), Labels: map[string]string{"app.kubernetes.io/name": "foo", "bar": "baz"}},
		&cluster.Pod{Namespace: "ns", Name: "node", IPs: cluster.AddrsOf(addresses("192.0.2.1")...), Host: true})
	k.spec.Clustersets, k.spec.Zonal = []string{"clusterset.local."}, true
	all := func(kind, namespace, service, endpoint, port, protocol string, more ...string) map[string]string {
		m := map[string]string{"kind": kind, "namespace": namespace, "service": service, "endpoint": endpoint,
			"port-name": port, "protocol": protocol, "zone": ""}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	wrong := map[string]string{"parse-error": "invalid query name"}
	client := map[string]string{"client-namespace": "ns", "client-pod-name": "p",
		"client-label/app.kubernetes.io/name": "foo", "client-label/bar": "baz"}
	for _, c := range []struct {
		client, qname string
		want          map[string]string
	}{
		{"", "cluster.local.", all("", "", "", "", "", "")},
		{"", "svc.cluster.local.", all("", "", "", "", "", "")},
		{"", "ns.svc.cluster.local.", all("svc", "ns", "", "", "", "")},
		{"", "S.ns.svc.Cluster.local.", all("svc", "ns", "s", "", "", "")},
		{"", "ep.s.ns.svc.cluster.local.", all("svc", "ns", "s", "ep", "", "")},
		{"", "_http._tcp.s.ns.svc.cluster.local.", all("svc", "ns", "s", "", "http", "tcp")},
		{"", "10-240-0-1.podns.pod.cluster.local.", all("pod", "podns", "10-240-0-1", "", "", "")},
		{"", "a.b.pin._zone.s.ns.svc.cluster.local.", all("svc", "ns", "s", "", "", "", "zone", "a.b")},
		{"", "a.prefer._zone.s.ns.svc.cluster.local.", all("svc", "ns", "s", "", "", "", "zone", "a")},
		{"", "a.near._zone.s.ns.svc.cluster.local.", wrong},
		{"", "a.pin._zone.s.ns.pod.cluster.local.", wrong},
		{"", "a.pin._zone.s.ns.svc.clusterset.local.", wrong},
		{"", "ep.c1.s.ns.svc.clusterset.local.", all("svc", "ns", "s", "ep", "", "", "cluster", "c1")},
		{"", "_http._tcp.s.ns.svc.clusterset.local.", all("svc", "ns", "s", "", "http", "tcp", "cluster", "")},
		{"", "foo.bar.notapod.cluster.local.", wrong},
		{"", "dns-version.cluster.local.", wrong},
		{"", "1.0.0.10.in-addr.arpa.", wrong},
		{"10.0.0.1", "example.com.", client},
		{"fd00::1", "example.com.", client},
		{"192.0.2.1", "example.com.", nil},
		{"10.0.0.9", "example.com.", nil},
	} {
		got := labels(k.Metadata(metadata.ContextWithMetadata(context.Background()), from(c.client, c.qname, dns.TypeA)))
		want := map[string]string{}
		for key, value := range c.want {
			want["kubenames/"+key] = value
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s from %q:\ngot  %v\nwant %v", c.qname, c.client, got, want)
		}
	}
	k.spec.Zonal = false
	got := labels(k.Metadata(metadata.ContextWithMetadata(context.Background()), from("", "s.ns.svc.cluster.local.", dns.TypeA)))
	if _, ok := got["kubenames/zone"]; ok {
		t.Error("kubenames/zone without the option zonal")
	}
}

// What a name asks for is what the kubernetes plugin reads in it.
func TestMetadataAsInTree(t *testing.T) {
	zones := []string{"cluster.local.", "svc.cluster.local.", "in-addr.arpa."}
	ours, theirs := with(t, zone.Spec{Origins: zones}), intree.New(zones)
	words := []string{"svc", "pod", "cluster", "local", "_tcp", "_", "__x", "10-0-0-1", "web", "NS", "_zone", "pin", "dns", "a\\.b"}
	for range 2000 {
		var name strings.Builder
		for range rand.IntN(7) {
			name.WriteString(words[rand.IntN(len(words))] + ".")
		}
		name.WriteString(zones[rand.IntN(len(zones))])
		asked := from("10.0.0.1", name.String(), dns.TypeA)
		got := labels(ours.Metadata(metadata.ContextWithMetadata(context.Background()), asked))
		want := map[string]string{}
		for key, value := range labels(theirs.Metadata(metadata.ContextWithMetadata(context.Background()), asked)) {
			want[strings.Replace(key, "kubernetes/", "kubenames/", 1)] = value
		}
		if !maps.Equal(got, want) {
			t.Fatalf("%s:\ngot  %v\nwant %v", &name, got, want)
		}
	}
}

func labels(ctx context.Context) map[string]string {
	all := map[string]string{}
	for _, l := range metadata.Labels(ctx) {
		all[l] = metadata.ValueFunc(ctx, l)()
	}
	return all
}
