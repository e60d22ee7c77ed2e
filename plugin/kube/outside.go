package kube

import (
	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
)

// outside is how the Service is reached from outside of the cluster: the external IPs, then what each load balancer
// has: an IP, or else a host name. Nil if there is nothing of it.
func outside(o *corev1.Service) *cluster.Outside {
	texts := make([]string, 0, len(o.Spec.ExternalIPs)+len(o.Status.LoadBalancer.Ingress))
	texts = append(texts, o.Spec.ExternalIPs...)
	var hosts []string
	for _, ingress := range o.Status.LoadBalancer.Ingress {
		switch h := host(ingress.Hostname); {
		case ingress.IP != "":
			texts = append(texts, ingress.IP)
		case h != "":
			hosts = append(hosts, h)
		default: // some write an address there
			texts = append(texts, ingress.Hostname)
		}
	}
	ips := addrs(texts)
	if ips.Len() == 0 && len(hosts) == 0 {
		return nil
	}
	return &cluster.Outside{IPs: ips, Hosts: hosts}
}
