package kube

import (
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
	discoveryv1 "k8s.io/api/discovery/v1"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// serviceImport trims a ServiceImport of either version; their types are alike.
func (t *trimmer) serviceImport(o *mcs.ServiceImport) *cluster.Service {
	if !label(o.Name) || !label(o.Namespace) {
		return nil
	}
	s := &cluster.Service{Namespace: t.text(o.Namespace), Name: strings.Clone(o.Name), Imported: true}
	if o.Spec.Type == mcs.Headless {
		s.Type = cluster.Headless
	} else {
		s.IPs = addrs(o.Spec.IPs)
	}
	s.Ports = portsOf(t, o.Spec.Ports, func(p *mcs.ServicePort) cluster.Port { return t.port(p.Name, p.Protocol, p.Port) })
	return s
}

// trimImported trims a slice that belongs to a ServiceImport; nil if it does not.
func (t *trimmer) trimImported(object any) cluster.Object {
	o, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil
	}
	service := o.Labels[mcs.LabelServiceName]
	if !label(service) || !label(o.Namespace) || o.Name == "" {
		return nil
	}
	s := t.sliceOf(service, o)
	s.Imported = true
	if id := strings.ToLower(o.Labels[mcs.LabelSourceCluster]); hostLabel(id) {
		beside(s).Cluster = t.text(id)
	}
	return s
}
