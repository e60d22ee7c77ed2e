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

// multi is zones, and those of them that are for imports. The first line has none.
var multi = [][2]string{
	{"cluster.local in-addr.arpa ip6.arpa", ""},
	{"cluster.local clusterset.local in-addr.arpa ip6.arpa", "clusterset.local"},
	{"cluster.local clusterset.local in-addr.arpa ip6.arpa", "clusterset.local"},
	{"clusterset.local cluster.local 10.0.0.0/8 fd00::/8", "clusterset.local"},
	{"cluster.local ClusterSet.Local sub.clusterset.local set.test in-addr.arpa ip6.arpa", "set.test clusterset.local"},
	{"cluster.local clusterset.cluster.local 10.in-addr.arpa in-addr.arpa ip6.arpa", "clusterset.cluster.local 10.in-addr.arpa"},
	{"example.org cluster.local in-addr.arpa ip6.arpa", "cluster.local"},
	{"example.org . in-addr.arpa ip6.arpa", "in-addr.arpa ip6.arpa"},
}

var fallthroughs = []string{
	"", "in-addr.arpa ip6.arpa", "in-addr.arpa ip6.arpa", "cluster.local", "ns1.svc.cluster.local 0.10.in-addr.arpa", "ext.test", "clusterset.local in-addr.arpa",
	"Default.SVC.cluster.local",
}

// newConfig makes up options. Every other seed has an express lane.
func newConfig(seed uint64) server.Config {
	c := chained(seed)
	c.Express = seed%2 == 0
	c.Audits = seed%3 == 0
	return c
}

func chained(seed uint64) server.Config {
	r := rand.New(rand.NewPCG(seed, 2))
	if r.IntN(12) == 0 {
		return kubeadm(r)
	}
	c := server.Config{TTL: []int{-1, -1, 0, 1, 30, 299, 301, 3600}[r.IntN(8)]}
	c.Zones = strings.Fields(zones[r.IntN(len(zones))])
	if c.Multi = r.IntN(3) == 0; c.Multi {
		m := multi[r.IntN(len(multi))]
		c.Zones, c.Multicluster = strings.Fields(m[0]), strings.Fields(m[1])
	}
	c.Pods = []string{"", "disabled", "insecure", "insecure", "verified", "verified"}[r.IntN(6)]
	choose(r, &c)
	c.Zonal = r.IntN(4) == 0
	if c.NoEndpoints = r.IntN(8) == 0 && !c.Zonal; c.NoEndpoints {
		c.Ignore = []string{"", "ignore"}[r.IntN(2)] // not empty_service: D31
	} else if r.IntN(4) == 0 {
		c.Ignore = []string{"ignore", "ignore empty_service", "ignore empty_service"}[r.IntN(3)]
	}
	c.PodNames = r.IntN(3) == 0
	if c.Falls = r.IntN(2) == 0; c.Falls {
		c.Fallthrough = strings.Fields(fallthroughs[r.IntN(len(fallthroughs))])
	}
	c.StartupTimeout = []string{"", "", "", "30s"}[r.IntN(4)]
	if r.IntN(3) == 0 {
		c.Bind = "127.0.0.1"
	}
	return c
}

// choose makes up which objects are seen.
func choose(r *rand.Rand, c *server.Config) {
	switch r.IntN(8) {
	case 0, 1:
		c.Namespaces = []string{"default", "kube-system", "nosuch", world.Home, world.Flag, world.Longest}
	case 2, 3:
		c.NamespaceLabels = world.NamespaceSelectors[r.IntN(len(world.NamespaceSelectors))]
	}
	if r.IntN(4) == 0 {
		c.Labels = world.Selectors[r.IntN(len(world.Selectors))]
	}
}

// kubeadm is the options that kubeadm writes.
func kubeadm(r *rand.Rand) server.Config {
	return server.Config{
		Zones: []string{"cluster.local", "in-addr.arpa", "ip6.arpa"}, TTL: 30, Pods: "insecure",
		Falls: true, Fallthrough: []string{"in-addr.arpa", "ip6.arpa"}, Kubeadm: true, Bind: []string{"", "127.0.0.1"}[r.IntN(2)],
	}
}
