package rule

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// place is the place that the labels of a name choose, if they are those of one.
func (c *Case) place(zone string, left []string) (at string, is bool) {
	n := len(left)
	if !c.Config.Zonal || c.imported(zone) || n < 6 || left[n-4] != "_zone" || left[n-5] != "pin" && left[n-5] != "prefer" {
		return "", false
	}
	return strings.Join(left[:n-5], "."), true
}

// hostsAt is hosts for the endpoints of a place, or for all if none is there and that place was only preferred.
func (c *Case) hostsAt(s *corev1.Service, at string, preferred bool) string {
	for _, sl := range c.slices() {
		for _, ep := range sl.Endpoints {
			if sl.Namespace == s.Namespace && sl.Labels[discoveryv1.LabelServiceName] == s.Name && isReady(&ep) && isAt(&ep, at) {
				return c.hosts(s, nil, at)
			}
		}
	}
	if !preferred {
		return ""
	}
	return c.hosts(s, nil, "")
}

func isAt(ep *discoveryv1.Endpoint, at string) bool {
	return ep.Zone != nil && strings.EqualFold(*ep.Zone, at)
}
