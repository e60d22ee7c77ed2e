package world

import (
	"fmt"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
)

// changeImport makes or changes what other clusters export.
func (w *World) changeImport(s Sink) {
	if !w.Imports {
		return
	}
	o := &mcsv1alpha1.ServiceImport{TypeMeta: typed("ServiceImport", "multicluster.x-k8s.io/v1alpha1"), ObjectMeta: meta(w.namespaceName(), pick(w, serviceNames))}
	for _, p := range pick(w, servicePorts) {
		o.Spec.Ports = append(o.Spec.Ports, mcsv1alpha1.ServicePort{Name: p.Name, Protocol: p.Protocol, Port: p.Port})
	}
	if o.Spec.Type = mcsv1alpha1.Headless; w.one(2) {
		o.Spec.Type = mcsv1alpha1.ClusterSetIP
		four, six := pick(w, clusterSetIPs4), pick(w, clusterSetIPs6)
		o.Spec.IPs = pick(w, [][]string{{four}, {four}, {six}, {four, six}, {six, four}, nil}) // nil: none yet
	}
	w.label(o)
	w.put(s, "serviceimports", o)
	w.touch(o.Name, o.Namespace)
}

// changeImportSlice makes or changes endpoints of another cluster.
func (w *World) changeImportSlice(s Sink) {
	if !w.Imports {
		return
	}
	o := &discoveryv1.EndpointSlice{TypeMeta: typed("EndpointSlice", "discovery.k8s.io/v1")}
	service, cluster := pick(w, serviceNames), pick(w, clusters)
	o.ObjectMeta = meta(w.namespaceName(), "")
	if of := w.any("serviceimports"); of != nil && !w.one(5) {
		o.Namespace, service = of.GetNamespace(), of.GetName()
	}
	o.Name = fmt.Sprintf("%.20s-%s-%d", service, cluster, w.IntN(2))
	o.Labels = map[string]string{mcsv1alpha1.LabelServiceName: service, mcsv1alpha1.LabelSourceCluster: cluster}
	if w.one(3) { // some who import give it to a Service too
		o.Labels[discoveryv1.LabelServiceName] = pick(w, []string{service, "derived-" + service[:1]})
	}
	o.Ports = pick(w, slicePorts)
	o.AddressType = discoveryv1.AddressTypeIPv4
	pool := append(slices.Clone(addresses4), imported4...)
	if w.one(3) {
		o.AddressType = discoveryv1.AddressTypeIPv6
		pool = append(slices.Clone(addresses6), imported6...)
	}
	for _, a := range some(w, pool, 0, 4) {
		o.Endpoints = append(o.Endpoints, w.endpoint(a))
	}
	if old := w.Objects["endpointslices"][o.Namespace+"/"+o.Name]; old != nil && old.(*discoveryv1.EndpointSlice).AddressType != o.AddressType {
		w.remove(s, "endpointslices", o)
	}
	w.label(o)
	w.put(s, "endpointslices", o)
	w.touch(service, o.Namespace)
}

// owner is what a slice belongs to: a Service, or what is imported.
func owner(sl *discoveryv1.EndpointSlice) string {
	if name := sl.Labels[mcsv1alpha1.LabelServiceName]; name != "" {
		return name
	}
	return sl.Labels[discoveryv1.LabelServiceName]
}
