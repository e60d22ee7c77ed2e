package kubenames

import (
	"strings"

	"github.com/coredns/coredns/core/dnsserver"

	"github.com/kubenames/kubenames/plugin/zone"
)

// CacheBypassZones implements the cache plugin's ZoneBypasser: it must not keep what is ours alone, for only we know
// when that changes. In a reverse zone or the root zone that falls through are answers of others too, and people want
// those cached.
func (k *Kubenames) CacheBypassZones() []string {
	ours, _ := k.zones()
	return ours
}

// zones divides the zones into those that a cache may leave to us, and those that it must not.
func (k *Kubenames) zones() (ours, shared []string) {
	for _, o := range k.zone.Origins() {
		if (zone.Reverse(o) || o == ".") && k.fall.Through(o) {
			shared = append(shared, o)
		} else {
			ours = append(ours, o)
		}
	}
	return ours, shared
}

// warnOfCache says when a cache in front of us keeps answers that it should not.
func (k *Kubenames) warnOfCache(server *dnsserver.Config) {
	_, shared := k.zones()
	if server.Handler("cache") != nil && len(shared) > 0 {
		log.Infof("cache stands in front and keeps answers in %s, which fallthrough shares with others: "+
			"what changes there is seen when its TTL ends", strings.Join(shared, " "))
	}
}
