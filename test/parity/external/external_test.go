// Package external asks the kubernetes plugin and kubenames the same through other plugins: k8s_external and autopath.
package external

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/yaml"

	_ "github.com/coredns/coredns/plugin/autopath"
	_ "github.com/coredns/coredns/plugin/k8s_external"
	_ "github.com/coredns/coredns/plugin/transfer"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/server"
)

const objects = `
{kind: Namespace, apiVersion: v1, metadata: {name: shop}}
---
{kind: Namespace, apiVersion: v1, metadata: {name: hidden}}
---
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: shop}, spec: {clusterIPs: [10.0.0.1], externalIPs: [192.0.2.1],
  ports: [{name: http, protocol: TCP, port: 80}, {name: HTTPS, protocol: TCP, port: 443}]},
  status: {loadBalancer: {ingress: [{ip: 192.0.2.2}, {ip: "2001:db8::2"}]}}}
---
{kind: Service, apiVersion: v1, metadata: {name: twin, namespace: shop}, spec: {clusterIPs: [10.0.0.6], externalIPs: [192.0.2.1], ports: [{name: a, protocol: UDP, port: 1}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: inside, namespace: shop}, spec: {clusterIPs: [10.0.0.2], ports: [{name: http, protocol: TCP, port: 80}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: named, namespace: shop}, spec: {clusterIPs: [10.0.0.3], ports: [{name: http, protocol: TCP, port: 80}]},
  status: {loadBalancer: {ingress: [{hostname: web.shop.svc.cluster.local}]}}}
---
{kind: Service, apiVersion: v1, metadata: {name: bare, namespace: shop}, spec: {clusterIPs: [10.0.0.4], externalIPs: [192.0.2.4]}}
---
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: hidden}, spec: {clusterIPs: [10.0.0.5], externalIPs: [192.0.2.9], ports: [{name: http, protocol: TCP, port: 80}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: db, namespace: shop}, spec: {clusterIPs: [None], ports: [{name: sql, protocol: TCP, port: 5432}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: known, namespace: shop}, spec: {clusterIPs: [None], externalIPs: [192.0.2.5], ports: [{name: sql, protocol: TCP, port: 5432}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: alias, namespace: shop}, spec: {type: ExternalName, externalName: a.example, externalIPs: [192.0.2.6], ports: [{name: sql, protocol: TCP, port: 5432}]}}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: db-a, namespace: shop, labels: {kubernetes.io/service-name: db}}, addressType: IPv4,
  ports: [{name: sql, protocol: TCP, port: 5432}], endpoints: [{addresses: [10.1.0.1], hostname: db-0}, {addresses: [10.1.0.2]}, {addresses: [10.1.0.3], conditions: {ready: false}}]}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: db-b, namespace: shop, labels: {kubernetes.io/service-name: db}}, addressType: IPv6,
  ports: [{name: sql, protocol: TCP, port: 5432}], endpoints: [{addresses: ["fd01::1"], hostname: db-0}]}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: inside-a, namespace: shop, labels: {kubernetes.io/service-name: inside}}, addressType: IPv4,
  ports: [{name: http, protocol: TCP, port: 8080}], endpoints: [{addresses: [10.1.0.9], hostname: in-0}]}
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: known-a, namespace: shop, labels: {kubernetes.io/service-name: known}}, addressType: IPv4,
  ports: [{name: sql, protocol: TCP, port: 5432}], endpoints: [{addresses: [10.1.0.8], hostname: k-0}]}
---
{kind: Pod, apiVersion: v1, metadata: {name: cart, namespace: shop}, status: {phase: Running, podIP: 127.0.0.1, podIPs: [{ip: 127.0.0.1}]}}
`

// cluster is an API server that has the objects.
func cluster(t *testing.T) *api.Server {
	t.Helper()
	s := api.NewServer(nil)
	t.Cleanup(s.Close)
	for text := range strings.SplitSeq(objects, "---\n") {
		var kind struct{ Kind string }
		if err := yaml.Unmarshal([]byte(text), &kind); err != nil {
			t.Fatal(err)
		}
		var o api.Object
		switch kind.Kind {
		case "Namespace":
			o = new(corev1.Namespace)
		case "Service":
			o = new(corev1.Service)
		case "EndpointSlice":
			o = new(discoveryv1.EndpointSlice)
		case "Pod":
			o = new(corev1.Pod)
		}
		if err := yaml.Unmarshal([]byte(text), o); err != nil {
			t.Fatal(err)
		}
		s.Put(strings.ToLower(kind.Kind)+"s", o)
	}
	return s
}

// both is a server with each of the plugins in the place of PLUGIN.
func both(t *testing.T, corefile string) (theirs, ours *server.Server) {
	t.Helper()
	endpoint := cluster(t).URL("")
	start := func(plugin string) *server.Server {
		s, err := server.Start(strings.NewReplacer("PLUGIN", plugin, "ENDPOINT", endpoint).Replace(corefile))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		return s
	}
	return start("kubernetes"), start("kubenames")
}

// said is what a server answers, without what is not compared: serials, and the order of records.
func said(t *testing.T, s *server.Server, name string, qtype uint16) string {
	t.Helper()
	m, err := dns.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(name, qtype), s.UDP)
	if err != nil {
		t.Fatalf("%s %s: %v", name, dns.Type(qtype), err)
	}
	if qtype == dns.TypeNS {
		m.Extra = nil // the bound address: D13
	}
	return fmt.Sprintf("%s aa=%t tc=%t\n%s\n%s\n%s", dns.RcodeToString[m.Rcode], m.Authoritative, m.Truncated,
		records(m.Answer), records(m.Ns), records(m.Extra))
}

func records(rrs []dns.RR) string {
	var lines []string
	for _, rr := range rrs {
		if soa, ok := rr.(*dns.SOA); ok {
			soa.Serial = 0
		}
		lines = append(lines, rr.String())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

var types = []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeCNAME, dns.TypeTXT, dns.TypeSOA, dns.TypeNS}

// compare asks both servers the same.
func compare(t *testing.T, theirs, ours *server.Server, name string) {
	t.Helper()
	for _, qtype := range types {
		if got, want := said(t, ours, name, qtype), said(t, theirs, name, qtype); got != want {
			t.Errorf("%s %s: got\n%s\nwant\n%s", name, dns.Type(qtype), got, want)
		}
	}
}

func TestExternal(t *testing.T) {
	for _, headless := range []string{"", "headless"} {
		for _, namespaces := range []string{"", "namespaces shop"} {
			theirs, ours := both(t, ".:0 {\nbind 127.0.0.1\nk8s_external ext.test in-addr.arpa ip6.arpa {\nttl 7\n"+headless+"\n}\n"+
				"PLUGIN cluster.local {\nendpoint ENDPOINT\n"+namespaces+"\n}\n}\n")
			for _, service := range []string{"web", "twin", "inside", "named", "bare", "db", "known", "alias", "nosuch"} {
				for _, in := range []string{"shop", "hidden", "gone"} {
					name := service + "." + in + ".ext.test."
					compare(t, theirs, ours, name)
					for _, label := range []string{"db-0", "_db-0", "10-1-0-2", "10-1-0-3", "in-0", "k-0", "x", "_http._tcp", "http.tcp", "_https._tcp",
						"_HTTPS._TCP", "_._tcp", "_sql._udp", "_sql._tcp", "x._http._tcp"} {
						compare(t, theirs, ours, label+"."+name)
					}
				}
			}
			for _, name := range []string{"ext.test.", "shop.ext.test.", "hidden.ext.test.", "gone.ext.test.", "x.dns.ext.test.", "dns.ext.test.", "Web.SHOP.Ext.test.",
				"2.2.0.192.in-addr.arpa.", "9.2.0.192.in-addr.arpa.", "8.2.0.192.in-addr.arpa.", "0.192.in-addr.arpa.", "1.2.0.192.in-addr.arpa.",
				"2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."} {
				compare(t, theirs, ours, name)
			}
		}
	}
}

// The zone for the outside can be transferred, but for D51, and for the server's own address (D13).
func TestTransfer(t *testing.T) {
	theirs, ours := both(t, ".:0 {\nbind 127.0.0.1\nk8s_external ext.test {\nheadless\n}\ntransfer {\nto *\n}\nPLUGIN cluster.local {\nendpoint ENDPOINT\n}\n}\n")
	axfr := func(s *server.Server) []string {
		conn, err := net.DialTimeout("tcp", s.TCP, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		in, err := (&dns.Transfer{Conn: &dns.Conn{Conn: conn}}).In(new(dns.Msg).SetAxfr("ext.test."), "")
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for e := range in {
			if e.Error != nil {
				t.Fatal(e.Error)
			}
			for _, rr := range e.RR {
				if srv, ok := rr.(*dns.SRV); ok && srv.Target == "svc.cluster.local." { // D51
					srv.Target = "web.shop.svc.cluster.local."
				}
				if n := rr.Header().Name; !strings.HasPrefix(n, "_._") && !strings.HasPrefix(n, "ns1.dns.") { // D51, D13
					lines = append(lines, records([]dns.RR{rr}))
				}
			}
		}
		slices.Sort(lines)
		return slices.Compact(lines)
	}
	got, want := axfr(ours), axfr(theirs)
	if !slices.Equal(got, want) || len(want) < 20 {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The name of the plugin in autopath's argument does not matter to ours.
func TestAutoPath(t *testing.T) {
	theirs, ours := both(t, ".:0 {\nbind 127.0.0.1\nautopath @kubernetes\nPLUGIN cluster.local {\nendpoint ENDPOINT\npods verified\n}\n"+
		"template IN A example.com {\nanswer \"{{ .Name }} 60 IN A 203.0.113.1\"\n}\ntemplate ANY ANY . {\nrcode NXDOMAIN\nauthority \". 60 IN SOA ns. host. 1 2 3 4 60\"\n}\n}\n")
	for _, base := range []string{"web", "db.shop", "db-0.db.shop", "web.hidden", "www.example.com", "nosuch", "nosuch.example.org"} {
		for _, search := range []string{".shop.svc.cluster.local.", ".hidden.svc.cluster.local.", ".svc.cluster.local.", ".cluster.local.", "."} {
			for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
				if got, want := said(t, ours, base+search, qtype), said(t, theirs, base+search, qtype); got != want {
					t.Errorf("%s%s %s: got\n%s\nwant\n%s", base, search, dns.Type(qtype), got, want)
				}
			}
		}
	}
}
