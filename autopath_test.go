package kubenames

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
)

func addresses(texts ...string) (all []netip.Addr) {
	for _, t := range texts {
		all = append(all, netip.MustParseAddr(t))
	}
	return all
}

func TestAutoPath(t *testing.T) {
	objects := []cluster.Object{
		&cluster.Pod{Namespace: "ns", Name: "p", IPs: cluster.AddrsOf(addresses("10.0.0.1", "fd00::1")...)},
		&cluster.Pod{Namespace: "ns", Name: "node", IPs: cluster.AddrsOf(addresses("192.0.2.1")...), Host: true},
		&cluster.Pod{Namespace: "one", Name: "twin", IPs: cluster.AddrsOf(addresses("10.0.0.2")...)},
		&cluster.Pod{Namespace: "two", Name: "twin", IPs: cluster.AddrsOf(addresses("10.0.0.2")...)},
	}
	k := with(t, zone.Spec{Origins: []string{"cluster.local.", "sub.cluster.local."}, Pods: zone.Verified}, objects...)
	k.search = []string{"example.org."}
	list := func(zone string) []string {
		return []string{"ns.svc." + zone, "svc." + zone, zone, "example.org.", ""}
	}
	for _, c := range []struct {
		client, qname string
		want          []string
	}{
		{"10.0.0.1", "www.ns.svc.cluster.local.", list("cluster.local.")},
		{"10.0.0.1", "WWW.ns.svc.Sub.cluster.local.", list("sub.cluster.local.")},
		{"fd00::1", "www.ns.svc.cluster.local.", list("cluster.local.")},
		{"10.0.0.1", "www.example.com.", nil},
		{"10.0.0.9", "www.ns.svc.cluster.local.", nil},
		{"192.0.2.1", "www.ns.svc.cluster.local.", nil}, // from the network of a node
		{"10.0.0.2", "www.one.svc.cluster.local.", nil}, // from one of two
	} {
		for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if got := k.AutoPath(from(c.client, c.qname, qtype)); !slices.Equal(got, c.want) {
				t.Errorf("%s %s from %s: got %q, want %q", c.qname, dns.Type(qtype), c.client, got, c.want)
			}
		}
	}
	k = with(t, zone.Spec{Origins: []string{"."}, Pods: zone.Verified}, objects...)
	if got, want := k.AutoPath(from("10.0.0.1", "www.", dns.TypeA)), []string{"ns.svc.", "svc.", ".", ""}; !slices.Equal(got, want) {
		t.Errorf("in the root zone: got %q, want %q", got, want)
	}
	k = with(t, zone.Spec{Origins: []string{"cluster.local."}, Pods: zone.Insecure}, objects...)
	if got := k.AutoPath(from("10.0.0.1", "www.ns.svc.cluster.local.", dns.TypeA)); got != nil {
		t.Errorf("pods insecure: got %q, want nothing", got)
	}
}

func TestSearchList(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("search Corp.example lab.example.\nnameserver 192.0.2.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := searchList(file), []string{"corp.example.", "lab.example."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := searchList(file + ".none"); got != nil {
		t.Errorf("got %q of no file, want nothing", got)
	}
}
