package world

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
)

func (w *World) changeNamespace(s Sink) {
	n := namespace(pick(w, namespaceNames))
	if _, ok := w.Objects["namespaces"]["/"+n.Name]; ok {
		w.remove(s, "namespaces", n)
	} else {
		w.label(n)
		w.put(s, "namespaces", n)
	}
	w.touchObject(n)
}

// namespaceName is mostly one of the first two, so that objects meet.
func (w *World) namespaceName() string {
	if w.one(3) {
		return pick(w, allNamespaces)
	}
	return pick(w, namespaceNames[:2])
}

func (w *World) changeService(s Sink) {
	o := &corev1.Service{TypeMeta: typed("Service", "v1"), ObjectMeta: meta(w.namespaceName(), pick(w, serviceNames))}
	o.Spec.Ports = slices.Clone(pick(w, servicePorts))
	o.Spec.PublishNotReadyAddresses = w.one(4)
	o.Spec.Type = corev1.ServiceTypeClusterIP
	switch kind := w.IntN(10); {
	case kind < 2 || kind == 2 && (o.Name == "ext" || o.Name == "alias"):
		o.Spec.Type, o.Spec.ExternalName = corev1.ServiceTypeExternalName, pick(w, targets)
		if w.odd && w.one(4) {
			o.Spec.ExternalName = pick(w, oddTargets)
		}
		w.label(o)
		w.put(s, "services", o)
		w.touch(o.Name, o.Namespace)
		return
	case kind < 6:
		o.Spec.ClusterIPs = []string{corev1.ClusterIPNone}
	case kind == 6:
		o.Spec.Type = corev1.ServiceTypeNodePort
	case kind == 7:
		o.Spec.Type = corev1.ServiceTypeLoadBalancer
		o.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "192.0.2.1"}}
		o.Spec.ExternalIPs = []string{"198.51.100.7"}
	}
	if o.Spec.ClusterIPs == nil {
		four, six := pick(w, clusterIPs4), pick(w, clusterIPs6)
		o.Spec.ClusterIPs = pick(w, [][]string{{four}, {four}, {six}, {four, six}, {six, four}})
	}
	o.Spec.ClusterIP = o.Spec.ClusterIPs[0]
	w.label(o)
	w.put(s, "services", o)
	w.touch(o.Name, o.Namespace)
}

func (w *World) changeSlice(s Sink) {
	o := &discoveryv1.EndpointSlice{TypeMeta: typed("EndpointSlice", "discovery.k8s.io/v1")}
	service := pick(w, serviceNames)
	o.ObjectMeta = meta(w.namespaceName(), "")
	if of := w.any("services"); of != nil && !w.one(5) {
		o.Namespace, service = of.GetNamespace(), of.GetName()
	}
	o.Name = fmt.Sprintf("%.20s-%d", service, w.IntN(4))
	o.Labels = map[string]string{discoveryv1.LabelServiceName: service}
	if w.odd && w.one(8) {
		o.Name, o.Labels = "unlabelled", nil
	}
	o.Ports = pick(w, slicePorts)
	pool := addresses4
	o.AddressType = discoveryv1.AddressTypeIPv4
	switch w.IntN(8) {
	case 0, 1, 2:
		pool, o.AddressType = addresses6, discoveryv1.AddressTypeIPv6
		if w.Rare {
			pool = append(slices.Clone(pool), rare6...)
		}
	case 3:
		if w.one(2) {
			pool, o.AddressType = fqdns, discoveryv1.AddressTypeFQDN
		}
	default:
		if w.one(4) && len(w.locals) > 0 {
			pool = append(slices.Clone(pool), w.locals...)
		}
	}
	for _, a := range some(w, pool, 0, 4) {
		if slices.ContainsFunc(o.Endpoints, func(e discoveryv1.Endpoint) bool { return sameAddress(e.Addresses[0], a) }) {
			continue // in-tree has one place for an address
		}
		e := w.endpoint(a)
		if o.AddressType == discoveryv1.AddressTypeFQDN && !w.Rare {
			e.Hostname, e.TargetRef, e.Zone = nil, nil, nil
		}
		o.Endpoints = append(o.Endpoints, e)
	}
	if w.one(12) && len(o.Endpoints) > 0 { // many: answers that do not fit
		for i := range 10 + w.IntN(150) {
			a := fmt.Sprintf("10.9.%d.%d", i/100, i%100)
			if o.AddressType == discoveryv1.AddressTypeIPv6 {
				a = fmt.Sprintf("fd09::%x", i+1)
			}
			if o.AddressType != discoveryv1.AddressTypeFQDN {
				o.Endpoints = append(o.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}})
			}
		}
	}
	if old := w.Objects["endpointslices"][o.Namespace+"/"+o.Name]; old != nil && old.(*discoveryv1.EndpointSlice).AddressType != o.AddressType {
		w.remove(s, "endpointslices", o) // the type cannot change
	}
	w.label(o)
	w.put(s, "endpointslices", o)
	w.touch(service, o.Namespace)
}

func sameAddress(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return err == nil && err2 == nil && x == y
}

func (w *World) endpoint(address string) discoveryv1.Endpoint {
	yes, no := true, false
	e := discoveryv1.Endpoint{Addresses: []string{address}}
	e.Conditions.Ready = pick(w, []*bool{&yes, &yes, nil, nil, &no})
	e.Conditions.Terminating = pick(w, []*bool{nil, &no, &yes})
	if w.one(2) {
		z := pick(w, places)
		e.Zone = &z
	}
	if w.one(3) {
		h := pick(w, hostnames)
		e.Hostname = &h
	}
	if w.one(2) {
		e.TargetRef = &corev1.ObjectReference{Kind: pick(w, []string{"Pod", "Pod", "Pod", "Node"}), Name: pick(w, podNames)}
	}
	return e
}

// move takes an endpoint out of one slice and puts it into another of the same service.
func (w *World) move(s Sink) {
	from, _ := w.any("endpointslices").(*discoveryv1.EndpointSlice)
	if from == nil || len(from.Endpoints) == 0 {
		return
	}
	for _, o := range w.All("endpointslices") {
		to := o.(*discoveryv1.EndpointSlice)
		if to == from || to.Namespace != from.Namespace || to.AddressType != from.AddressType ||
			owner(to) != owner(from) || to.Labels[mcsv1alpha1.LabelSourceCluster] != from.Labels[mcsv1alpha1.LabelSourceCluster] {
			continue
		}
		from, to = from.DeepCopy(), to.DeepCopy()
		to.Endpoints = append(to.Endpoints, from.Endpoints[0])
		from.Endpoints = from.Endpoints[1:]
		w.put(s, "endpointslices", from)
		w.put(s, "endpointslices", to)
		w.touchObject(from)
		return
	}
}

func (w *World) changePod(s Sink) {
	o := &corev1.Pod{TypeMeta: typed("Pod", "v1"), ObjectMeta: meta(w.namespaceName(), fmt.Sprintf("pod-%d", w.IntN(20)))}
	o.Status.Phase = pick(w, []corev1.PodPhase{"Running", "Running", "Running", "Pending", "Succeeded", "Failed"})
	ips := pick(w, [][]string{
		{pick(w, addresses4)}, {pick(w, addresses4), pick(w, addresses6)}, {pick(w, addresses6)}, nil,
	})
	o.Spec.HostNetwork = w.one(4)
	for i, ip := range ips {
		if i == 0 {
			o.Status.PodIP = ip
		}
		o.Status.PodIPs = append(o.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	if old, _ := w.Objects["pods"][o.Namespace+"/"+o.Name].(*corev1.Pod); old != nil && w.one(2) {
		o = old.DeepCopy() // it is being deleted
		at := metav1.NewTime(time.Unix(1700000000, 0))
		o.DeletionTimestamp = &at
	}
	w.label(o)
	w.put(s, "pods", o)
}

func (w *World) removeAny(s Sink) {
	resource := pick(w, []string{"services", "endpointslices", "endpointslices", "pods", "serviceimports"})
	o := w.any(resource)
	if o == nil {
		return
	}
	w.remove(s, resource, o)
	w.touchObject(o)
}
