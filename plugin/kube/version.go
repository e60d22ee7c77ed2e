package kube

import (
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// versionOf is the version of the cluster that wrote the object, or 0 if it has none that is a number.
func versionOf(object any) uint64 {
	switch o := object.(type) {
	case trimmed:
		return o.version
	case hidden:
		return o.version
	case metav1.Object:
		return number(o.GetResourceVersion())
	}
	return 0
}

// number is a resource version as a number (KEP 5504: they are decimal numbers, and later ones are greater), or 0.
func number(version string) uint64 {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// triggeredOf is when that happened which made Kubernetes write a slice, or zero if it does not say.
func triggeredOf(object any) time.Time {
	o, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, o.Annotations[corev1.EndpointsLastChangeTriggerTime])
	if err != nil {
		return time.Time{}
	}
	return at
}
