package world

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Longest is the longest legal label, and the longest name of a port.
var Longest = strings.Repeat("l", 62) + "0"

var (
	namespaceNames = []string{"default", "ns1", "kube-system", "pod", "svc", "dns", Longest, "10-0-0-1"}
	// Services may be in a namespace that does not exist: it was deleted, or is not known yet.
	allNamespaces  = append([]string{"ghost"}, namespaceNames...)
	serviceNames   = []string{"web", "db", "kube-dns", "ext", "alias", "svc", "ns", "dns", "10-0-0-2", "a", Longest}
	addresses4     = []string{"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.1.1", "10.1.0.1", "172.16.255.254", "10.0.0.10"}
	addresses6     = []string{"fd00::", "fd00::1", "fd00::1:2", "2001:db8::", "2001:db8:1:2:3:4:5:6", "fd00:0:0:1::1"}
	rare6          = []string{"::abcd", "FD00::A", "fd00:0:0:0:0:0:0:1", "fd00:0::2"}
	clusterIPs4    = []string{"10.96.0.1", "10.96.0.2", "10.96.0.10", "10.96.1.0", "10.0.0.1"}
	clusterIPs6    = []string{"fd96::1", "fd96::a", "fd96::", "fd00::1"}
	clusterSetIPs4 = []string{"10.200.0.1", "10.200.0.2", "10.96.0.1", "10.0.0.1"}
	clusterSetIPs6 = []string{"fd20::1", "fd20::", "fd96::1"}
	imported4      = []string{"10.210.0.1", "10.210.0.2", "10.220.0.1"}
	imported6      = []string{"fd21::1", "fd21::"}
	clusters       = []string{"east", "west-2", "10-0-0-1"}
	places         = []string{"zone-a", "zone-b", "Europe-West1.b", "rack.1.DC", "svc"}
	hostnames      = []string{"web-0", "web-1", "10-0-0-1", "fd00--1", "svc", Longest}
	podNames       = []string{"web-0", "web-7d4b", "dotted.name", Longest, Longest + "-x", "10-0-0-9"}
	targets        = []string{
		"a.ext.test", "A.Ext.Test.", "many.ext.test", "nx.ext.test", "fail.ext.test", "empty.ext.test", "alias.ext.test", "elsewhere.invalid",
		"web.default.svc.cluster.local", "db.ns1.svc.cluster.local", "ext.default.svc.cluster.local", "alias.ns1.svc.cluster.local.",
		"alias.default.svc.cluster.local", "ext.ns1.svc.cluster.local", "nosuch.default.svc.cluster.local", "cluster.local",
		"svc.cluster.local", "default.svc.cluster.local", "10-0-0-1.default.pod.cluster.local", "1.0.0.10.in-addr.arpa",
		"10-0-0-1.web.default.svc.cluster.local", "web.default.svc.clusterset.local", "zone-a.pin._zone.db.default.svc.cluster.local", "Web.Default.svc.cluster.local", "web.default.svc.example.org",
	}
	oddTargets = []string{"10.1.2.3", "fd00::1", "not_host.ext.test"}
	fqdns      = []string{"a.ext.test", "nx.ext.test", "web.default.svc.cluster.local", "foo.example.org"}
)

func typed(kind, version string) metav1.TypeMeta {
	return metav1.TypeMeta{Kind: kind, APIVersion: version}
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func namespace(name string) *corev1.Namespace {
	o := &corev1.Namespace{TypeMeta: typed("Namespace", "v1"), ObjectMeta: meta("", name)}
	o.Labels = map[string]string{corev1.LabelMetadataName: name}
	return o
}

var servicePorts = [][]corev1.ServicePort{
	nil,
	{{Protocol: "TCP", Port: 80}},
	{{Protocol: "UDP", Port: 53}},
	{{Name: "http", Protocol: "TCP", Port: 80}},
	{{Name: "dns", Protocol: "UDP", Port: 53}, {Name: "dns-tcp", Protocol: "TCP", Port: 53}, {Name: "metrics", Protocol: "TCP", Port: 9153}},
	{{Name: "http", Protocol: "TCP", Port: 80}, {Name: "https", Protocol: "TCP", Port: 443}, {Name: "h3", Protocol: "UDP", Port: 443}},
	{{Name: "sip", Protocol: "SCTP", Port: 65535}, {Name: strings.Repeat("p", 63), Protocol: "TCP", Port: 1}},
}

func slicePort(name, protocol string, number int32) discoveryv1.EndpointPort {
	p := discoveryv1.EndpointPort{}
	if name != "-" {
		p.Name = &name
	}
	if protocol != "" {
		proto := corev1.Protocol(protocol)
		p.Protocol = &proto
	}
	if number != 0 {
		p.Port = &number
	}
	return p
}

var slicePorts = [][]discoveryv1.EndpointPort{
	nil,
	{slicePort("-", "TCP", 80)},
	{slicePort("", "TCP", 8080)},
	{slicePort("http", "TCP", 80)},
	{slicePort("http", "TCP", 8080)},
	{slicePort("dns", "UDP", 53), slicePort("dns-tcp", "TCP", 53)},
	{slicePort("http", "TCP", 80), slicePort("web", "TCP", 80), slicePort("dns", "UDP", 53)},
	{slicePort("open", "TCP", 0)},
	{slicePort("-", "", 0)},
	{slicePort("sip", "SCTP", 65535)},
}
