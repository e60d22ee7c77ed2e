package kubenames

import (
	"context"
	"slices"
	"testing"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/zone"
)

// Each plugin of CoreDNS is known: one that comes with another version is to be looked at.
func TestNeighboursAreKnown(t *testing.T) {
	for _, d := range dnsserver.Directives {
		if _, known := neighbours[d]; !known && d != name && d != "linger" { // which is the tests' own
			t.Errorf("plugin %s: what does it do to the express lane?", d)
		}
	}
	for n := range neighbours {
		if !slices.Contains(dnsserver.Directives, n) {
			t.Errorf("there is no plugin %s any more", n)
		}
	}
}

// stranger is a handler with a name.
type stranger struct {
	name string
	next plugin.Handler
}

func (s stranger) Name() string { return s.name }

func (s stranger) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	return s.next.ServeDNS(ctx, w, r)
}

// A plugin that needs the chain leaves no lane, and is named; one that nobody knows does, too. Behind us it does not matter.
func TestNeighbours(t *testing.T) {
	for n, role := range neighbours {
		b := &lanes{k: with(t, zone.Spec{Origins: []string{"cluster.local."}})}
		reason := b.around([]plugin.Handler{stranger{name: n}}, nil)
		want := ""
		if role == anywhere || role == meddles && !behind(n) || n == "loadbalance" || n == "prometheus" || n == "bufsize" {
			want = n // the last three: they are not what they seem
		}
		if reason != want {
			t.Errorf("%s: got the reason %q, want %q", n, reason, want)
		}
	}
	if reason := new(lanes).around([]plugin.Handler{stranger{name: "geodns"}}, nil); reason != "geodns" {
		t.Errorf("a plugin that nobody knows: got the reason %q", reason)
	}
}
