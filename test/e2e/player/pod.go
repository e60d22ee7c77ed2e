package player

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kubenames/kubenames/test/e2e/node"
)

// Ready is the annotation that, when "false", makes a pod unready.
const Ready = "e2e.kubenames.io/ready"

// start gives the pod an address that no pod had before, and a process.
func (p *Player) start(key cache.ObjectName, pod *corev1.Pod) (*running, error) {
	p.mu.Lock()
	p.last++
	last := p.last
	p.mu.Unlock()
	v4 := fmt.Sprintf("10.244.%d.%d", last>>8, last&255)
	v6 := fmt.Sprintf("fd00:10:244::%x", last) // told to the API only: traffic is IPv4

	var ports []int
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			ports = append(ports, int(port.ContainerPort))
		}
	}
	process, err := node.Start(node.Spec{
		Name:     pod.Name,
		Hostname: cmp.Or(pod.Spec.Hostname, pod.Name),
		Address:  v4,
		Ports:    ports,
		Resolv: fmt.Sprintf("search %s.svc.cluster.local svc.cluster.local cluster.local\nnameserver %s\noptions ndots:5\n",
			pod.Namespace, p.dns),
	})
	if err != nil {
		return nil, err
	}
	r := &running{Pod: process, uid: pod.UID, address: []string{v4, v6}, since: metav1.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[key] = r
	return r, nil
}

// end stops the pod once it is drained, and lets the API forget it.
func (p *Player) end(ctx context.Context, key cache.ObjectName, pod *corev1.Pod, r *running) error {
	if r != nil {
		if r.leaving.IsZero() {
			r.leaving = time.Now()
		}
		if rest := time.Until(r.leaving.Add(drain)); rest > 0 {
			p.queue.AddAfter(key, rest)
			return nil
		}
		p.stop(key, r)
	}
	now := metav1.NewDeleteOptions(0)
	now.Preconditions = metav1.NewUIDPreconditions(string(pod.UID))
	return p.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, *now)
}

func (p *Player) stop(key cache.ObjectName, r *running) {
	r.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, key)
}

// report writes the pod's status, if it says anything new.
func (p *Player) report(ctx context.Context, pod *corev1.Pod, r *running) error {
	told := pod.DeepCopy()
	told.Status = status(pod, r)
	if equality.Semantic.DeepEqual(told.Status, pod.Status) {
		return nil
	}
	_, err := p.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, told, metav1.UpdateOptions{})
	return err
}

// status is what a kubelet would say of the pod.
func status(pod *corev1.Pod, r *running) corev1.PodStatus {
	s := *pod.Status.DeepCopy()
	ready := pod.Annotations[Ready] != "false"
	s.Phase = corev1.PodRunning
	s.HostIP, s.HostIPs = node.Address, []corev1.HostIP{{IP: node.Address}}
	s.PodIP, s.PodIPs = r.address[0], nil
	for _, address := range r.address {
		s.PodIPs = append(s.PodIPs, corev1.PodIP{IP: address})
	}
	s.StartTime = &r.since
	condition(&s, corev1.PodScheduled, true, r.since)
	condition(&s, corev1.PodInitialized, true, r.since)
	condition(&s, corev1.ContainersReady, ready, metav1.Now())
	condition(&s, corev1.PodReady, ready, metav1.Now())
	s.ContainerStatuses = nil
	for _, container := range pod.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, corev1.ContainerStatus{
			Name:    container.Name,
			Image:   container.Image,
			ImageID: container.Image,
			Ready:   ready,
			Started: new(true),
			State:   corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: r.since}},
		})
	}
	return s
}

// condition sets one of the conditions, as of now if that is a change.
func condition(s *corev1.PodStatus, kind corev1.PodConditionType, yes bool, now metav1.Time) {
	status := corev1.ConditionFalse
	if yes {
		status = corev1.ConditionTrue
	}
	i := slices.IndexFunc(s.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if i < 0 {
		i = len(s.Conditions)
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: kind})
	}
	if c := &s.Conditions[i]; c.Status != status {
		c.Status, c.LastTransitionTime = status, now
	}
}
