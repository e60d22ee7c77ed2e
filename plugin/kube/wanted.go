package kube

//lint:file-ignore SA1019 Endpoints are deprecated, and still written by hand

import (
	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// wanted reports whether the options ask for objects of the kind, or only for the namespaces that they are in.
func (r *reader) wanted(object metav1.Object) bool {
	switch object.(type) {
	case *corev1.Pod:
		return r.options.Pods
	case *corev1.Endpoints:
		return !r.options.NoEndpoints
	case *discoveryv1.EndpointSlice:
		return !r.options.NoEndpoints || r.options.Imports
	case *mcs.ServiceImport:
		return r.options.Imports
	}
	return true
}

// trim is the object as DNS sees it: nothing if it does not or if the labels leave it out.
func (r *reader) trim(object metav1.Object) []cluster.Object {
	var seen []cluster.Object
	see := func(o cluster.Object) {
		if o != nil {
			seen = append(seen, o)
		}
	}
	switch o := object.(type) {
	case *corev1.Namespace:
		if r.selectors.namespace(o.Name, o.Labels) {
			see(r.trimmer.trim(o))
		}
	case *corev1.Endpoints:
		for _, s := range mirror(o) {
			if r.selectors.objects.Matches(labels.Set(s.Labels)) {
				see(r.trimmer.trim(s))
			}
		}
	case *discoveryv1.EndpointSlice:
		if !r.selectors.objects.Matches(labels.Set(o.Labels)) {
			break
		}
		defaultPorts(o)
		if !r.options.NoEndpoints {
			see(r.trimmer.trim(o))
		}
		if r.options.Imports {
			see(r.trimmer.trimImported(o))
		}
	default:
		if r.selectors.objects.Matches(labels.Set(o.GetLabels())) {
			see(r.trimmer.trim(o))
		}
	}
	return seen
}

// nameable reports whether DNS can name the object, if it is of a kind that names are made of.
func nameable(object metav1.Object) bool {
	switch o := object.(type) {
	case *corev1.Namespace:
		return label(o.Name)
	case *corev1.Service, *mcs.ServiceImport:
		return label(object.GetName()) && label(object.GetNamespace())
	}
	return true
}

// defaultPorts fills in what an API server would.
func defaultPorts(s *discoveryv1.EndpointSlice) {
	for i := range s.Ports {
		p := &s.Ports[i]
		if p.Protocol == nil {
			tcp := corev1.ProtocolTCP
			p.Protocol = &tcp
		}
		if p.Name == nil {
			p.Name = new(string)
		}
	}
}
