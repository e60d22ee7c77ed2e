package kubenames

import (
	"context"
	"testing"

	"github.com/coredns/coredns/plugin/pkg/dnstest"
	"github.com/coredns/coredns/plugin/test"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

// The counter says why a name has no answer.
func TestReasons(t *testing.T) {
	objects := []cluster.Object{
		&cluster.Namespace{Name: "n"}, &cluster.Namespace{Name: "hidden"},
		&cluster.Service{Namespace: "n", Name: "web", IPs: cluster.AddrsOf(addresses("10.96.0.1")...), Ports: cluster.PortsOf(cluster.Port{Name: "http", Protocol: "tcp", Number: 80})},
		&cluster.Service{Namespace: "n", Name: "db", Type: cluster.Headless},
		&cluster.Slice{Namespace: "n", Name: "db-a", Service: "db", Ports: cluster.PortsOf(cluster.Port{Name: "sql", Protocol: "tcp", Number: 1}),
			Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: addresses("10.0.0.1")[0], Name: "a"})},
		&cluster.Service{Namespace: "n", Name: "idle", Type: cluster.Headless},
		&cluster.Service{Namespace: "n", Name: "lost", Type: cluster.ExternalName},
		&cluster.Service{Namespace: "hidden", Name: "web", IPs: cluster.AddrsOf(addresses("10.96.0.9")...)},
		&cluster.Pod{Namespace: "n", Name: "p", IPs: cluster.AddrsOf(addresses("10.0.0.1")...)},
	}
	spec := zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, Pods: zone.Verified}
	verified := with(t, spec, objects...)
	spec.Namespaces = []string{"n", "gone"}
	narrow := with(t, spec, objects...)
	spec.Pods = zone.Disabled
	disabled := with(t, spec, objects...)
	through := with(t, spec, objects...)
	through.fall.SetZonesFromArgs(nil)
	spec.IgnoreEmpty = true
	ignoring := with(t, spec, objects...)
	unready := &Kubenames{}
	unready.zone, _ = zone.New(spec)
	for _, c := range []struct {
		k               *Kubenames
		qname           string
		qtype           uint16
		outcome, reason string
	}{
		{verified, "web.n.svc.cluster.local.", dns.TypeA, "found", ""},
		{unready, "web.n.svc.cluster.local.", dns.TypeA, "unready", ""},
		{verified, "cluster.local.", dns.TypeAXFR, "refused", ""},
		{verified, "www.example.com.cluster.local.", dns.TypeA, "nxdomain", "not_a_name"},
		{verified, "x._http._tcp.web.n.svc.cluster.local.", dns.TypeSRV, "nxdomain", "not_a_name"},
		{verified, "x.10-0-0-1.n.pod.cluster.local.", dns.TypeA, "nxdomain", "not_a_name"},
		{verified, "a.0.10.in-addr.arpa.", dns.TypePTR, "nxdomain", "not_a_name"},
		{verified, "web.gone.svc.cluster.local.", dns.TypeA, "nxdomain", "no_namespace"},
		{verified, "gone.svc.cluster.local.", dns.TypeA, "nxdomain", "no_namespace"},
		{verified, "10-0-0-1.gone.pod.cluster.local.", dns.TypeA, "nxdomain", "no_namespace"},
		{narrow, "web.gone.svc.cluster.local.", dns.TypeA, "nxdomain", "no_namespace"},
		{narrow, "web.hidden.svc.cluster.local.", dns.TypeA, "nxdomain", "hidden_namespace"},
		{narrow, "hidden.svc.cluster.local.", dns.TypeA, "nxdomain", "hidden_namespace"},
		{verified, "nosuch.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_service"},
		{verified, "example.com.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_service"},
		{verified, "b.db.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_endpoint"},
		{verified, "idle.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_endpoint"},
		{verified, "_sql._tcp.idle.n.svc.cluster.local.", dns.TypeSRV, "nxdomain", "no_endpoint"},
		{ignoring, "web.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_endpoint"},
		{verified, "_sql._udp.db.n.svc.cluster.local.", dns.TypeSRV, "nxdomain", "no_port"},
		{verified, "_dns._tcp.web.n.svc.cluster.local.", dns.TypeSRV, "nxdomain", "no_port"},
		{verified, "lost.n.svc.cluster.local.", dns.TypeA, "nxdomain", "no_target"},
		{disabled, "10-0-0-1.n.pod.cluster.local.", dns.TypeA, "nxdomain", "pods_disabled"},
		{verified, "10-0-0-2.n.pod.cluster.local.", dns.TypeA, "nxdomain", "no_pod"},
		{verified, "9.0.0.10.in-addr.arpa.", dns.TypePTR, "nxdomain", "no_address"},
		{verified, "11.in-addr.arpa.", dns.TypePTR, "nxdomain", "no_address"},
		{verified, "web.n.svc.cluster.local.", dns.TypeAAAA, "nodata", "no_type"},
		{verified, "cluster.local.", dns.TypeA, "nodata", "no_type"},
		{verified, "n.svc.cluster.local.", dns.TypeA, "nodata", "only_below"},
		{verified, "0.10.in-addr.arpa.", dns.TypePTR, "nodata", "only_below"},
		{through, "nosuch.n.svc.cluster.local.", dns.TypeA, "fallthrough", "no_service"},
		{through, "0.10.in-addr.arpa.", dns.TypePTR, "fallthrough", "only_below"},
	} {
		before := gathered(t, "answers_total", c.outcome, c.reason)
		w := dnstest.NewRecorder(&test.ResponseWriter{})
		_, _ = c.k.ServeDNS(context.Background(), w, new(dns.Msg).SetQuestion(c.qname, c.qtype))
		if got := gathered(t, "answers_total", c.outcome, c.reason) - before; got != 1 || before < 0 {
			t.Errorf("%s %s: %s, %q was counted %v times", c.qname, dns.Type(c.qtype), c.outcome, c.reason, got)
		}
	}
}
