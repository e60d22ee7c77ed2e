package trial

import (
	"math/rand/v2"
	"strings"

	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

var zones = []string{
	"cluster.local in-addr.arpa ip6.arpa",
	"cluster.local in-addr.arpa ip6.arpa",
	"cluster.local",
	"cluster.local 10.0.0.0/8 fd00::/8",
	"cluster.local 10.96.0.0/12 10.0.0.0/24 fd00::/64 fd96::/20",
	"cluster.local example.org in-addr.arpa ip6.arpa",
	"Example.ORG sub.cluster.local cluster.local 10.in-addr.arpa 0.0.10.in-addr.arpa ip6.arpa",
	"cluster 10.in-addr.arpa",
	"in-addr.arpa ip6.arpa cluster.local",
	". in-addr.arpa ip6.arpa",
}

var fallthroughs = []string{"", "in-addr.arpa ip6.arpa", "in-addr.arpa ip6.arpa", "cluster.local", "ns1.svc.cluster.local 0.10.in-addr.arpa", "ext.test"}

// newConfig makes up options.
func newConfig(seed uint64) server.Config {
	r := rand.New(rand.NewPCG(seed, 2))
	c := server.Config{TTL: []int{-1, -1, 0, 1, 30, 299, 301, 3600}[r.IntN(8)]}
	c.Zones = strings.Fields(zones[r.IntN(len(zones))])
	c.Pods = []string{"", "disabled", "insecure", "insecure", "verified", "verified"}[r.IntN(6)]
	if r.IntN(4) == 0 {
		c.Namespaces = []string{"default", "kube-system", "nosuch", world.Home, world.Flag, world.Longest}
	}
	c.PodNames = r.IntN(3) == 0
	if c.Falls = r.IntN(2) == 0; c.Falls {
		c.Fallthrough = strings.Fields(fallthroughs[r.IntN(len(fallthroughs))])
	}
	if r.IntN(3) == 0 {
		c.Bind = "127.0.0.1"
	}
	return c
}
