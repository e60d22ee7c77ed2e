package trial

import (
	"math/rand/v2"
	"strings"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// likely is what most questions are about.
var likely = []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR}

// questions is n questions about the world, or about what was touched in it.
func questions(r *rand.Rand, w *world.World, c server.Config, touched []string, n int) (all []dialog.Question) {
	return about(r, w, c, absolute(w, c, touched), n)
}

// about is n questions about the names, and about what is big, and addresses, in the world.
func about(r *rand.Rand, w *world.World, c server.Config, names []string, n int) (all []dialog.Question) {
	var big, reverse []string // those with answers that may not fit, and those of addresses
	for _, rel := range w.Big() {
		for _, z := range plugin.OriginsFromArgsOrServerBlock(c.Zones, nil) {
			big = append(big, within(rel, z))
		}
	}
	for _, a := range w.Addresses() {
		reverse = append(reverse, dialog.Reverse(a))
	}
	for range n {
		var name string
		t := dialog.Types[r.IntN(len(dialog.Types))]
		if len(big) > 0 && r.IntN(12) == 0 {
			name, t = big[r.IntN(len(big))], likely[r.IntN(len(likely))]
		} else if r.IntN(4) > 0 {
			name = names[r.IntN(len(names))]
		} else {
			name = reverse[r.IntN(len(reverse))]
			if r.IntN(4) == 0 { // a part of it
				labels := dns.SplitDomainName(name)
				name = dns.Fqdn(strings.Join(labels[r.IntN(len(labels)):], "."))
			}
		}
		if r.IntN(5) == 0 {
			name = dialog.Neighbour(r, name)
		}
		if r.IntN(6) == 0 {
			name = dialog.Mixed(r, name)
		}
		if r.IntN(2) == 0 {
			t = likely[r.IntN(len(likely))]
			if strings.HasSuffix(name, ".arpa.") {
				t = dns.TypePTR
			}
		}
		all = append(all, dialog.Of(r, name, t))
	}
	return all
}

// within is a relative name in a zone.
func within(rel, zone string) string {
	if rel == "" {
		return zone
	}
	return rel + "." + strings.TrimPrefix(zone, ".")
}

// absolute is the names of the world in all forward zones, and a few of them in the reverse ones.
func absolute(w *world.World, c server.Config, touched []string) (all []string) {
	for _, rel := range w.Names(touched) {
		for _, z := range plugin.OriginsFromArgsOrServerBlock(c.Zones, nil) {
			n := within(rel, z)
			if strings.HasSuffix(z, ".arpa.") && strings.Count(rel, ".") > 1 {
				continue
			}
			if _, ok := dns.IsDomainName(n); ok {
				all = append(all, n)
			}
		}
	}
	return append(all, "elsewhere.invalid.", ".", "a.ext.test.")
}
