package world

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// Names is the names that exist, and some that could, relative to a zone. None for the services and namespaces given
// means all.
func (w *World) Names(only []string) []string {
	is := func(what string) bool { return only == nil || slices.Contains(only, what) }
	names := []string{"", "svc", "pod", "dns", "ns.dns", "dns-version", "x", "nosuch.svc", "nosuch.pod", "_tcp"}
	for _, n := range allNamespaces {
		if is(n) {
			names = append(names, n+".svc", n+".pod", "nosuch."+n+".svc")
			for _, p := range podLabels {
				names = append(names, p+"."+n+".pod")
			}
		}
	}
	for _, o := range w.All("services") {
		if s := o.GetName() + "." + o.GetNamespace(); is(s) {
			names = append(names, s+".svc", "_tcp."+s+".svc", "_udp."+s+".svc", "_._."+s+".svc", "_http._tcp."+s+".svc", "_._udp."+s+".svc", "http.tcp."+s+".svc")
			for _, p := range o.(*corev1.Service).Spec.Ports {
				names = append(names, "_"+p.Name+"._"+strings.ToLower(string(p.Protocol))+"."+s+".svc")
			}
		}
	}
	for _, o := range w.All("serviceimports") {
		if s := o.GetName() + "." + o.GetNamespace(); is(s) {
			names = append(names, s+".svc", "_tcp."+s+".svc", "_._."+s+".svc", "_http._tcp."+s+".svc", "east."+s+".svc", "x.east."+s+".svc")
		}
	}
	for _, o := range w.All("endpointslices") {
		sl := o.(*discoveryv1.EndpointSlice)
		for _, service := range []string{sl.Labels[discoveryv1.LabelServiceName], sl.Labels[mcsv1alpha1.LabelServiceName]} {
			if s := service + "." + sl.Namespace; service != "" && is(s) {
				names = append(names, sliceNames(sl, s)...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sliceNames is the names that a slice of the service makes, and those beside them.
func sliceNames(sl *discoveryv1.EndpointSlice, s string) (names []string) {
	names = append(names, s+".svc", "_zone."+s+".svc", "pin._zone."+s+".svc", "prefer._zone."+s+".svc", "nosuch.pin._zone."+s+".svc", "nosuch.prefer._zone."+s+".svc")
	for _, p := range sl.Ports {
		name, proto := "", ""
		if p.Name != nil {
			name = *p.Name
		}
		if p.Protocol != nil {
			proto = strings.ToLower(string(*p.Protocol))
		}
		names = append(names, "_"+name+"._"+proto+"."+s+".svc", "_"+proto+"."+s+".svc")
	}
	cluster := sl.Labels[mcsv1alpha1.LabelSourceCluster]
	if cluster != "" {
		names = append(names, cluster+"."+s+".svc", "x."+cluster+"."+s+".svc")
	}
	for i, e := range sl.Endpoints {
		if i > 8 {
			break
		}
		labels := []string{dialog.Dashed(e.Addresses[0])}
		if e.Hostname != nil {
			labels = append(labels, *e.Hostname)
		}
		if e.TargetRef != nil {
			labels = append(labels, e.TargetRef.Name)
		}
		for _, l := range labels {
			names = append(names, l+"."+s+".svc")
			if cluster != "" {
				names = append(names, l+"."+cluster+"."+s+".svc")
			}
		}
		if e.Zone != nil {
			names = append(names, *e.Zone+".pin._zone."+s+".svc", *e.Zone+".prefer._zone."+s+".svc")
		}
	}
	return names
}

var podLabels = func() (labels []string) {
	for _, a := range slices.Concat(addresses4, addresses6) {
		labels = append(labels, strings.NewReplacer(".", "-", ":", "-").Replace(a), dialog.Dashed(a))
	}
	labels = append(labels, "1-2-3-4", "01-2-3-4", "1-2-3-256", "fd00-0--1", "fd00-0-0-0-0-0-0-1", "FD00--1", "--1", "--", "0--1", "--ffff-a00-1", "--ffff-10-0-0-1", "1-2-3",
		"x.10-0-0-1", "pod-1", "1--2-3-4", "fd00--1-", "fd00---1", "1-2-3-4-5-6-7-8", "0--0")
	slices.Sort(labels)
	return slices.Compact(labels)
}()

// Addresses is every address that is somebody's, and some that are nobody's.
func (w *World) Addresses() (all []netip.Addr) {
	add := func(texts ...string) {
		for _, t := range texts {
			if a, err := netip.ParseAddr(t); err == nil {
				all = append(all, a.Unmap())
			}
		}
	}
	for _, o := range w.All("services") {
		s := o.(*corev1.Service)
		add(s.Spec.ClusterIPs...)
		add(s.Spec.ExternalIPs...)
	}
	for _, o := range w.All("serviceimports") {
		add(o.(*mcsv1alpha1.ServiceImport).Spec.IPs...)
	}
	for _, o := range w.All("endpointslices") {
		for i, e := range o.(*discoveryv1.EndpointSlice).Endpoints {
			if i < 12 {
				add(e.Addresses...)
			}
		}
	}
	for _, o := range w.All("pods") {
		for _, ip := range o.(*corev1.Pod).Status.PodIPs {
			add(ip.IP)
		}
	}
	add("10.0.0.99", "fd00::99", "192.0.2.1", "2001:db8::ffff", "::1")
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// Big is the names of services with many endpoints, and of aliases of what has many addresses.
func (w *World) Big() (names []string) {
	for _, rel := range []string{"crowd", "crowd", "crowd", "_http._tcp.crowd", "shared-1.crowd"} {
		names = append(names, rel+".default.svc")
	}
	for _, o := range w.All("endpointslices") {
		if sl := o.(*discoveryv1.EndpointSlice); len(sl.Endpoints) > 8 {
			names = append(names, owner(sl)+"."+sl.Namespace+".svc")
		}
	}
	for _, o := range w.All("services") {
		if s := o.(*corev1.Service); s.Spec.ExternalName != "" {
			names = append(names, s.Name+"."+s.Namespace+".svc")
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n[0] == '.' })
}
