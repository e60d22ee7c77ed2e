package kube

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func ips(texts ...string) cluster.Addrs {
	var b cluster.AddrsBuilder
	b.Grow(len(texts))
	for _, s := range texts {
		b.Add(netip.MustParseAddr(s))
	}
	return b.Addrs()
}

func ptr[T any](v T) *T { return &v }

func TestTrimService(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, c := range []struct {
		name string
		spec corev1.ServiceSpec
		want cluster.Service
	}{
		{"no cluster IP yet", corev1.ServiceSpec{}, cluster.Service{}},
		{"single IP", corev1.ServiceSpec{ClusterIP: "10.0.0.1"}, cluster.Service{IPs: ips("10.0.0.1")}},
		{"both families", corev1.ServiceSpec{ClusterIP: "10.0.0.1", ClusterIPs: []string{"10.0.0.1", "FD00:0::1"}},
			cluster.Service{IPs: ips("10.0.0.1", "fd00::1")}},
		{"order, doubles, nonsense, mapped, zone", corev1.ServiceSpec{ClusterIPs: []string{"fd00::2", "x", "", "::ffff:10.0.0.1", "10.0.0.1", "fe80::1%eth0", "010.0.0.2"}},
			cluster.Service{IPs: ips("fd00::2", "10.0.0.1")}},
		{"load balancer", corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ClusterIP: "10.0.0.1"}, cluster.Service{IPs: ips("10.0.0.1")}},
		{"headless", corev1.ServiceSpec{ClusterIP: "None"}, cluster.Service{Type: cluster.Headless}},
		{"selector", corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}, cluster.Service{Selects: true}},
		{"external IPs that nobody asks for", corev1.ServiceSpec{ExternalIPs: []string{"1.2.3.4"}}, cluster.Service{}},
		{"headless list", corev1.ServiceSpec{ClusterIPs: []string{"None"}}, cluster.Service{Type: cluster.Headless}},
		{"external", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "WWW.Example.org.", ClusterIP: "None"},
			cluster.Service{Type: cluster.ExternalName, External: new("www.example.org.")}},
		{"external address", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "10.0.0.1"}, cluster.Service{Type: cluster.ExternalName}},
		{"ports", corev1.ServiceSpec{Ports: []corev1.ServicePort{
			{Name: "HTTP", Port: 80}, {Name: "dns", Port: 53, Protocol: "UDP"}, {Name: "a_b", Port: 70000, Protocol: "ICMP"},
			{Name: long, Port: -1, Protocol: "SCTP"},
		}}, cluster.Service{Ports: cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80}, cluster.Port{Name: "dns", Protocol: "udp", Number: 53},
			cluster.Port{}, cluster.Port{Protocol: "sctp"})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Namespace, c.want.Name = "default", "web"
			got := newTrimmer(Options{}).trim(&corev1.Service{ObjectMeta: meta("default", "web"), Spec: c.spec})
			if !reflect.DeepEqual(got, &c.want) {
				t.Errorf("got %+v, want %+v", got, &c.want)
			}
		})
	}
}

func TestTrimOutside(t *testing.T) {
	type ingress = corev1.LoadBalancerIngress
	for _, c := range []struct {
		name     string
		external []string
		balanced []ingress
		want     *cluster.Outside
	}{
		{"nothing", nil, nil, nil},
		{"nonsense", []string{"x", ""}, []ingress{{}, {IP: "y"}, {Hostname: "a..b"}}, nil},
		{"external IPs", []string{"1.2.3.4", "::ffff:1.2.3.5", "1.2.3.4"}, nil, &cluster.Outside{IPs: ips("1.2.3.4", "1.2.3.5")}},
		{"load balancers", nil, []ingress{{IP: "1.2.3.4"}, {Hostname: "LB.example.org"}, {IP: "fd00::1", Hostname: "left.out"}},
			&cluster.Outside{IPs: ips("1.2.3.4", "fd00::1"), Hosts: []string{"lb.example.org."}}},
		{"both, in order", []string{"1.2.3.9"}, []ingress{{IP: "1.2.3.4"}, {Hostname: "1.2.3.1"}}, &cluster.Outside{IPs: ips("1.2.3.9", "1.2.3.4", "1.2.3.1")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := serviceObject("web", "None")
			service.Spec.ExternalIPs, service.Status.LoadBalancer.Ingress = c.external, c.balanced
			got := newTrimmer(Options{Outside: true}).trim(service).(*cluster.Service).Outside
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got := newTrimmer(Options{}).trim(service).(*cluster.Service).Outside; got != nil {
				t.Errorf("got %+v though nobody asks", got)
			}
		})
	}
}

func TestTrimPlaces(t *testing.T) {
	slice := sliceObject("web-x", "web")
	end := func(zone *string, ready bool, ips ...string) discoveryv1.Endpoint {
		return discoveryv1.Endpoint{Addresses: ips, Zone: zone, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}
	}
	slice.Endpoints = []discoveryv1.Endpoint{
		end(ptr("EU-1a"), true, "10.0.0.1", "x", "10.0.0.2"), end(ptr("b"), false, "10.0.0.3"), end(nil, true, "10.0.0.4"), end(ptr("b"), true, "10.0.0.5"),
		end(nil, true, "10.0.0.5"), end(ptr("c"), true, "10.0.0.1"), end(ptr("d"), false, "10.0.0.2"), // once more
	}
	trim := func(o Options) *cluster.Slice { return newTrimmer(o).trim(slice).(*cluster.Slice) }
	got := trim(Options{Places: true})
	if want := []string{"c", "eu-1a", "", "b", "b", "c"}; !reflect.DeepEqual(got.Places(), want) || got.Endpoints.Len() != len(want) {
		t.Errorf("got %q beside %v, want %q", got.Places(), got.Endpoints, want)
	}
	if got := trim(Options{}); got.Places() != nil {
		t.Errorf("got %q though nobody asks", got.Places())
	}
	for i := range slice.Endpoints {
		slice.Endpoints[i].Zone = ptr("")
	}
	if got := trim(Options{Places: true}); got.Places() != nil {
		t.Errorf("got %q though no endpoint has one", got.Places())
	}
}

func TestTrimSlice(t *testing.T) {
	pod := func(kind, name string) *corev1.ObjectReference {
		return &corev1.ObjectReference{Kind: kind, Name: name}
	}
	conditions := func(ready *bool) discoveryv1.EndpointConditions {
		return discoveryv1.EndpointConditions{Ready: ready, Serving: ptr(false), Terminating: ptr(true)}
	}
	end := func(addr, name string) cluster.Endpoint {
		return cluster.Endpoint{Addr: netip.MustParseAddr(addr), Name: name}
	}
	for _, c := range []struct {
		name     string
		podNames bool
		slice    discoveryv1.EndpointSlice
		want     cluster.Slice
	}{
		{"ready", false, discoveryv1.EndpointSlice{Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"10.0.0.1"}, Conditions: conditions(nil)},
			{Addresses: []string{"10.0.0.2"}, Conditions: conditions(ptr(true))},
			{Addresses: []string{"10.0.0.3", "10.0.0.4"}, Conditions: conditions(ptr(false))},
		}}, cluster.Slice{
			Endpoints: cluster.EndpointsOf(end("10.0.0.1", ""), end("10.0.0.2", "")), Beside: &cluster.Beside{Unready: ips("10.0.0.3", "10.0.0.4")},
		}},
		{"addresses", false, discoveryv1.EndpointSlice{Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"FD00:0:0::1", "nonsense", "::ffff:10.0.0.1", "fe80::1%0"}, Hostname: ptr("Web-0"), TargetRef: pod("Pod", "web-0")},
		}}, cluster.Slice{Endpoints: cluster.EndpointsOf(end("fd00::1", "web-0"), end("10.0.0.1", "web-0"))}},
		{"names", true, discoveryv1.EndpointSlice{Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"10.0.0.1"}, Hostname: ptr("a.b"), TargetRef: pod("Pod", "web-0")},
			{Addresses: []string{"10.0.0.2"}, Hostname: ptr("-a"), TargetRef: pod("Pod", "web.0")},
			{Addresses: []string{"10.0.0.3"}, Hostname: ptr(""), TargetRef: pod("Node", "node")},
			{Addresses: []string{"10.0.0.4"}, TargetRef: pod("Pod", strings.Repeat("x", 64))},
			{Addresses: []string{"10.0.0.5"}, TargetRef: pod("Pod", "")},
		}}, cluster.Slice{Endpoints: cluster.EndpointsOf(
			end("10.0.0.1", "web-0"), end("10.0.0.2", ""), end("10.0.0.3", ""), end("10.0.0.4", ""), end("10.0.0.5", ""),
		)}},
		{"FQDN", false, discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeFQDN, Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"A.example", "10.0.0.1"}}, {Addresses: []string{"b.example"}, Conditions: conditions(ptr(false))},
		}}, cluster.Slice{Beside: &cluster.Beside{FQDNs: []cluster.Host{{Target: "a.example."}}}}},
		{"ports", false, discoveryv1.EndpointSlice{Ports: []discoveryv1.EndpointPort{
			{}, {Name: ptr("HTTP"), Port: ptr(int32(80)), Protocol: ptr(corev1.ProtocolTCP)},
		}}, cluster.Slice{Ports: cluster.PortsOf(cluster.Port{}, cluster.Port{Name: "http", Protocol: "tcp", Number: 80})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.slice.ObjectMeta = meta("default", "web-x")
			c.slice.Labels = map[string]string{discoveryv1.LabelServiceName: "web"}
			c.want.Namespace, c.want.Name, c.want.Service = "default", "web-x", "web"
			got := newTrimmer(Options{PodNames: c.podNames}).trim(&c.slice)
			if !reflect.DeepEqual(got, &c.want) {
				t.Errorf("got %+v, want %+v", got, &c.want)
			}
		})
	}
}

func TestTrimPod(t *testing.T) {
	now := metav1.Now()
	for _, c := range []struct {
		name   string
		status corev1.PodStatus
		want   cluster.Addrs // none: not visible
	}{
		{"no address yet", corev1.PodStatus{Phase: corev1.PodPending}, ips()},
		{"single", corev1.PodStatus{PodIP: "10.0.0.1"}, ips("10.0.0.1")},
		{"both families", corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd00::1"}}}, ips("10.0.0.1", "fd00::1")},
		{"nonsense", corev1.PodStatus{PodIPs: []corev1.PodIP{{IP: "x"}}}, ips()},
		{"succeeded", corev1.PodStatus{Phase: corev1.PodSucceeded, PodIP: "10.0.0.1"}, ips()},
		{"failed", corev1.PodStatus{Phase: corev1.PodFailed, PodIP: "10.0.0.1"}, ips()},
		{"unknown", corev1.PodStatus{Phase: corev1.PodUnknown, PodIP: "10.0.0.1"}, ips()},
	} {
		t.Run(c.name, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: meta("default", "p"), Status: c.status}
			pod.DeletionTimestamp = &now // a pod holds its addresses until it is gone
			var want cluster.Object
			if c.want.Len() > 0 {
				want = &cluster.Pod{Namespace: "default", Name: "p", IPs: c.want}
			}
			if got := newTrimmer(Options{Pods: true}).trim(pod); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestTrimPodLabels(t *testing.T) {
	pod := labelled(podObject("p", "10.0.0.1"), "app", "web", "tier", "web")
	pod.Spec.HostNetwork = true
	if got := newTrimmer(Options{Pods: true}).trim(pod).(*cluster.Pod); got.Labels != nil || !got.Host {
		t.Errorf("got %+v, want no labels that nobody asks for, and the host's network", got)
	}
	trimmer := newTrimmer(Options{Pods: true, PodLabels: true})
	got := trimmer.trim(pod).(*cluster.Pod).Labels
	if want := map[string]string{"app": "web", "tier": "web"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	pod.Labels["app"] = "db"
	if got["app"] != "web" || unsafe.StringData(got["app"]) != unsafe.StringData(trimmer.text("web")) {
		t.Error("the labels are not a copy of its own with shared strings")
	}
	if got := trimmer.trim(podObject("p", "10.0.0.1")).(*cluster.Pod); got.Labels != nil || got.Host {
		t.Errorf("got %+v of a pod without labels", got)
	}
}

func TestTrimInvisible(t *testing.T) {
	for _, o := range []any{
		&corev1.Namespace{ObjectMeta: meta("", "A")},
		&corev1.Service{ObjectMeta: meta("default", "a.b")},
		&corev1.Service{ObjectMeta: meta("", "a")},
		&corev1.Pod{ObjectMeta: meta("a.b", "a"), Status: corev1.PodStatus{PodIP: "10.0.0.1"}},
		sliceObject("stray", ""), sliceObject("bad", "a.b"), sliceObject("", "web"),
		&corev1.Node{}, nil, 5,
	} {
		if got := newTrimmer(Options{}).trim(o); got != nil {
			t.Errorf("got %v of %v, want nothing", got, o)
		}
	}
}

func TestHost(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	most := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61) // 253
	for in, want := range map[string]string{
		"example.org": "example.org.", "_a-b.X": "_a-b.x.", "a": "a.", "a.": "a.", label63: label63 + ".", most: most + ".", most + ".": most + ".",
		"": "", ".": "", "a..b": "", ".a": "", "a..": "", "a b": "", "ä": "", `a\.b`: "", label63 + "a": "", most + "b": "",
		"10.0.0.1": "", "10.0.0.1.": "", "fd00::1": "", "1.2.3": "1.2.3.",
	} {
		if got := host(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestShared(t *testing.T) {
	trimmer := newTrimmer(Options{})
	buffer := strings.Repeat("default", 2)
	a, b := trimmer.text(buffer[:7]), trimmer.text(buffer[7:])
	if a != "default" || unsafe.StringData(a) != unsafe.StringData(b) || unsafe.StringData(a) == unsafe.StringData(buffer) {
		t.Error("not one copy of its own")
	}
	for i := range 3 * sharedMost {
		trimmer.text(string(rune('a'+i%26)) + strings.Repeat("x", i%50) + string(rune(i)))
		if i%100 == 0 {
			trimmer.text("default")
		}
	}
	if unsafe.StringData(trimmer.text("default")) != unsafe.StringData(a) {
		t.Error("forgot a string that is in use")
	}
	if n := len(trimmer.strings.young) + len(trimmer.strings.old); n > 2*sharedMost {
		t.Errorf("holds %d strings", n)
	}
}

// Lists of ports that are the same are one, and no others are.
func TestSharedPorts(t *testing.T) {
	trimmer := newTrimmer(Options{})
	trim := func(ports ...corev1.ServicePort) cluster.Ports {
		o := serviceObject("web", "10.0.0.1")
		o.Spec.Ports = ports
		return trimmer.trim(o).(*cluster.Service).Ports
	}
	http, https := corev1.ServicePort{Name: "http", Port: 80}, corev1.ServicePort{Name: "https", Port: 443}
	if one, other := trim(http, https), trim(http, https); one != other {
		t.Error("two lists of the same ports")
	}
	all := []cluster.Ports{trim(), trim(http), trim(https), trim(http, https), trim(https, http), trim(corev1.ServicePort{Name: "http", Port: 81}),
		trim(corev1.ServicePort{Port: 80}), trim(corev1.ServicePort{Name: "http", Port: 80, Protocol: "UDP"}), trim(http, http)}
	for i, p := range all {
		for _, q := range all[:i] {
			if p.Equal(q) {
				t.Errorf("got %v twice", p.All())
			}
		}
	}
}

// The name of a slice's Service is a part of its own name, if it can be.
func TestTrimOwnerName(t *testing.T) {
	for slice, service := range map[string]string{"web-abcde": "web", "kubernetes": "kubernetes", "other": "web"} {
		got := newTrimmer(Options{}).trim(sliceObject(slice, service)).(*cluster.Slice)
		if got.Service != service || got.Name != slice {
			t.Errorf("got %q of %q, want %q of %q", got.Name, got.Service, slice, service)
		}
		if part := unsafe.StringData(got.Service) == unsafe.StringData(got.Name); part != strings.HasPrefix(slice, service) {
			t.Errorf("%s of %s: a part of the name: got %t", slice, service, part)
		}
	}
}
