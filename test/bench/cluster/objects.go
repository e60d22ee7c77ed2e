package cluster

import (
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var born = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// meta has what objects of a real cluster carry along, and no name is made of.
func meta(namespace, name, manager string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: namespace, Name: name, CreationTimestamp: born, Generation: 1,
		Labels: map[string]string{"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "release-" + name},
		ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &born, FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{".":{},"f:app.kubernetes.io/name":{},"f:app.kubernetes.io/managed-by":{}}},"f:spec":{"f:ports":{},"f:selector":{}}}`),
		}},
	}
}

func namespace(n int) *corev1.Namespace {
	return &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"},
		ObjectMeta: meta("", fmt.Sprintf("team-%d", n), "kubectl"),
	}
}

// PutService makes a service what it is to be.
func (c *Cluster) PutService(s Service) {
	ip := corev1.ClusterIPNone
	if !s.Headless() {
		ip = s.Address.String()
	}
	o := &corev1.Service{TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}, ObjectMeta: meta(s.Namespace, s.Name, "helm")}
	o.Spec = corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, ClusterIP: ip, ClusterIPs: []string{ip},
		IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}, IPFamilyPolicy: new(corev1.IPFamilyPolicySingleStack),
		InternalTrafficPolicy: new(corev1.ServiceInternalTrafficPolicyCluster), SessionAffinity: corev1.ServiceAffinityNone,
		Selector: map[string]string{"app.kubernetes.io/name": s.Name},
		Ports: []corev1.ServicePort{
			{Name: "http", Protocol: "TCP", Port: 80, TargetPort: intstr.FromInt32(8080)},
			{Name: "metrics", Protocol: "TCP", Port: 9090, TargetPort: intstr.FromInt32(9090)},
		},
	}
	c.sink.Put("services", o)
}

// RemoveService deletes a service and its slices.
func (c *Cluster) RemoveService(s Service) {
	c.sink.Remove("services", s.Namespace, s.Name)
	for i := 0; i*PerSlice < s.Count; i++ {
		c.sink.Remove("endpointslices", s.Namespace, fmt.Sprintf("%s-%d", s.Name, i))
	}
}

// PutSlices makes all slices of a service what they are to be.
func (c *Cluster) PutSlices(s Service) {
	for i := 0; i*PerSlice < s.Count; i++ {
		c.PutSlice(s, i, nil)
	}
}

// PutSlice makes one slice of a service what it is to be; edit may change it before, and is nil for nothing.
func (c *Cluster) PutSlice(s Service, i int, edit func(*discoveryv1.EndpointSlice)) {
	o := &discoveryv1.EndpointSlice{
		TypeMeta:    metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"},
		ObjectMeta:  meta(s.Namespace, fmt.Sprintf("%s-%d", s.Name, i), "kube-controller-manager"),
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports: []discoveryv1.EndpointPort{
			{Name: new("http"), Port: new(int32(8080)), Protocol: new(corev1.ProtocolTCP)},
			{Name: new("metrics"), Port: new(int32(9090)), Protocol: new(corev1.ProtocolTCP)},
		},
	}
	o.Labels[discoveryv1.LabelServiceName] = s.Name
	o.Labels[discoveryv1.LabelManagedBy] = "endpointslice-controller.k8s.io"
	o.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Service", Name: s.Name, UID: "5a3f0c1e-4e0b-4d0f-9c53-0123456789ab", Controller: new(true)}}
	for j := i * PerSlice; j < min(s.Count, (i+1)*PerSlice); j++ {
		o.Endpoints = append(o.Endpoints, c.endpoint(s, j))
	}
	if edit != nil {
		edit(o)
	}
	c.sink.Put("endpointslices", o)
}

func (c *Cluster) endpoint(s Service, j int) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{
		Addresses:  []string{c.Address(s.First + j).String()},
		Conditions: discoveryv1.EndpointConditions{Ready: new(!c.going[s.First+j]), Serving: new(true), Terminating: new(c.going[s.First+j])},
		NodeName:   new(node(s.First + j)), Zone: new(fmt.Sprintf("eu-west-1%c", 'a'+j%3)),
		TargetRef: &corev1.ObjectReference{
			Kind: "Pod", Namespace: s.Namespace, UID: "0a8b6f4d-13f7-4a8e-8df0-0123456789ab",
			Name: fmt.Sprintf("%s-6d4b75cb6d-%05x", s.Name, s.First+j),
		},
	}
	if s.Hostnames {
		e.Hostname = new(s.Hostname(j))
	}
	return e
}

func node(n int) string {
	return fmt.Sprintf("ip-10-0-%d-%d.eu-west-1.compute.internal", n/100%16, n%100)
}

// PodAddress is the address of pod p; no endpoint has it.
func PodAddress(p int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(192 + p>>16), byte(p >> 8), byte(p)})
}

// PodNamespace is where pod p is.
func (c *Cluster) PodNamespace(p int) string { return fmt.Sprintf("team-%d", p%c.Namespaces()) }

func (c *Cluster) pod(p int) *corev1.Pod {
	name := fmt.Sprintf("app-%d-6d4b75cb6d-x%04d", p/30, p%30)
	o := &corev1.Pod{TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, ObjectMeta: meta(c.PodNamespace(p), name, "kube-controller-manager")}
	o.Labels["pod-template-hash"] = "6d4b75cb6d"
	o.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: name[:len(name)-6], UID: "8c1e0f55-0000-4000-8000-0123456789ab", Controller: new(true)}}
	o.Spec = corev1.PodSpec{
		NodeName: node(p), RestartPolicy: "Always", DNSPolicy: "ClusterFirst", ServiceAccountName: "default", SchedulerName: "default-scheduler",
		Containers: []corev1.Container{{
			Name: "app", Image: "registry.example.com/team/app:1.2.3", ImagePullPolicy: "IfNotPresent",
			Ports:        []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
			Env:          []corev1.EnvVar{{Name: "LOG_LEVEL", Value: "info"}, {Name: "DATABASE", Value: "postgres://database.shop.svc.cluster.local:5432/app"}},
			VolumeMounts: []corev1.VolumeMount{{Name: "kube-api-access", ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}},
		}},
		Volumes: []corev1.Volume{{Name: "kube-api-access", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
	}
	ip := PodAddress(p).String()
	o.Status = corev1.PodStatus{
		Phase: "Running", HostIP: "10.0.0.1", PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}}, StartTime: &born, QOSClass: "Burstable",
		Conditions: []corev1.PodCondition{
			{Type: "Initialized", Status: "True", LastTransitionTime: born}, {Type: "Ready", Status: "True", LastTransitionTime: born},
			{Type: "ContainersReady", Status: "True", LastTransitionTime: born}, {Type: "PodScheduled", Status: "True", LastTransitionTime: born},
		},
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: "app", Ready: true, Image: "registry.example.com/team/app:1.2.3",
			ImageID:     "registry.example.com/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			ContainerID: fmt.Sprintf("containerd://%064x", p),
		}},
	}
	return o
}
