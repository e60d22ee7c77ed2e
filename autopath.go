package kubenames

import (
	"net/netip"

	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/coredns/coredns/plugin"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// resolvConf is where the machine keeps the search list that pods take over from it.
const resolvConf = "/etc/resolv.conf"

// searchList is the search list of a resolv.conf file; none if the file cannot be read.
func searchList(file string) []string {
	conf, err := dns.ClientConfigFromFile(file)
	if err != nil {
		return nil
	}
	plugin.Zones(conf.Search).Normalize()
	return conf.Search
}

// AutoPath implements the autopath plugin's AutoPather: the search list that Kubernetes gives to the pod that asks, and
// "" in the end. It is nil if the name is in none of the zones, and if it is not certain which pod asks.
func (k *Kubenames) AutoPath(state request.Request) []string {
	zone := plugin.Zones(k.zone.Origins()).Matches(state.Name())
	if zone == "" {
		return nil
	}
	pod := k.client(state)
	if pod == nil {
		return nil
	}
	below := zone
	if zone == "." {
		below = ""
	}
	search := append(make([]string, 0, 4+len(k.search)), pod.Namespace+".svc."+below, "svc."+below, zone)
	return append(append(search, k.search...), "")
}

// client is the pod that asks; nil if that is not certain.
func (k *Kubenames) client(state request.Request) *cluster.Pod {
	a, err := netip.ParseAddr(state.IP())
	if err != nil {
		return nil
	}
	return k.zone.Client(a)
}
