package hand

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// most is how many endpoints a Service may have whose SRV records are asked for: they fit into a reply.
const most = 10

// Service is one that the hand has made. It belongs to one worker.
type Service struct {
	name    string
	few     bool                       // its SRV records are asked for
	address netip.Addr                 // of the cluster, if there is one
	slice   *discoveryv1.EndpointSlice // as the API had it last; nil with an address of the cluster; immutable
}

func (s *Service) full() string { return s.name + "." + Namespace + ".svc.cluster.local." }

// plain makes a Service with an address that no other has or had.
func (h *Hand) plain(ctx context.Context) (*Service, error) {
	s := &Service{name: h.call("plain"), address: h.next(&h.cluster)}
	return s, h.create(ctx, s, s.answers(nil))
}

// headless makes a headless Service, and then its slice.
func (h *Hand) headless(ctx context.Context, prefix string, endpoints int) (*Service, error) {
	s := &Service{name: h.call(prefix), few: endpoints <= most}
	if err := h.create(ctx, s, nil); err != nil {
		return nil, err
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: s.name, Labels: map[string]string{discoveryv1.LabelServiceName: s.name}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(8080)), Protocol: new(corev1.ProtocolTCP)}},
	}
	for range endpoints {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{h.next(&h.address).String()}})
	}
	err := h.write(ctx, s.answers(slice), func(ctx context.Context) error {
		client := h.client.DiscoveryV1().EndpointSlices(Namespace)
		now, err := client.Create(ctx, slice, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) { // an earlier try was stored, whatever came back of it
			now, err = client.Get(ctx, s.name, metav1.GetOptions{})
		}
		if err == nil {
			s.slice = now
		}
		return err
	})
	if s.slice == nil {
		s.slice = slice
	}
	return s, err
}

func (h *Hand) create(ctx context.Context, s *Service, answers map[record.Question]string) error {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: s.name}}
	service.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 80}}
	service.Spec.ClusterIP = corev1.ClusterIPNone
	if s.address.IsValid() {
		service.Spec.ClusterIP = s.address.String()
	}
	return h.write(ctx, answers, func(ctx context.Context) error {
		client := h.client.CoreV1().Services(Namespace)
		_, err := client.Create(ctx, service, metav1.CreateOptions{})
		if !apierrors.IsInvalid(err) {
			return err
		}
		// An earlier try has the address, whether it was stored or not.
		if _, err = client.Get(ctx, s.name, metav1.GetOptions{}); apierrors.IsNotFound(err) {
			return errTaken
		}
		return err
	})
}

// replace gives n of the endpoints other addresses, with one request.
func (h *Hand) replace(ctx context.Context, s *Service, n int) error {
	slice := s.slice.DeepCopy()
	for _, i := range h.some(len(slice.Endpoints), n) {
		slice.Endpoints[i].Addresses = []string{h.next(&h.address).String()}
	}
	return h.update(ctx, s, slice)
}

// Restart lets n of the endpoints leave, and as many come.
func (h *Hand) Restart(ctx context.Context, s *Service, n int) error {
	slice := s.slice.DeepCopy()
	leave := h.some(len(slice.Endpoints), n)
	slices.Sort(leave)
	for _, i := range slices.Backward(leave) {
		slice.Endpoints = slices.Delete(slice.Endpoints, i, i+1)
	}
	if err := h.update(ctx, s, slice); err != nil {
		return err
	}
	slice = s.slice.DeepCopy()
	for range leave {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{h.next(&h.address).String()}})
	}
	return h.update(ctx, s, slice)
}

// update writes the slice over the one that the API has.
func (h *Hand) update(ctx context.Context, s *Service, slice *discoveryv1.EndpointSlice) error {
	return h.write(ctx, s.answers(slice), func(ctx context.Context) error {
		client := h.client.DiscoveryV1().EndpointSlices(Namespace)
		now, err := client.Update(ctx, slice, metav1.UpdateOptions{})
		if apierrors.IsConflict(err) {
			if now, err = client.Get(ctx, s.name, metav1.GetOptions{}); err != nil {
				return err
			}
			if !same(now, slice) {
				slice.ResourceVersion = now.ResourceVersion
				return fmt.Errorf("%s: it has changed", s.name)
			}
		}
		if err == nil {
			s.slice = now
		}
		return err
	})
}

// remove deletes a Service and its slice, in either order.
func (h *Hand) remove(ctx context.Context, s *Service) error {
	gone := map[record.Question]string{}
	for q := range s.answers(s.slice) {
		gone[q] = record.Absent
	}
	service := func(ctx context.Context) error {
		err := h.client.CoreV1().Services(Namespace).Delete(ctx, s.name, metav1.DeleteOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	if s.slice == nil {
		return h.write(ctx, gone, service)
	}
	slice := func(ctx context.Context) error {
		err := h.client.DiscoveryV1().EndpointSlices(Namespace).Delete(ctx, s.name, metav1.DeleteOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	first, second := service, slice
	if len(s.slice.Endpoints)%2 == 0 {
		first, second = slice, service
	}
	if err := h.write(ctx, gone, first); err != nil {
		return err
	}
	return h.write(ctx, nil, second)
}
