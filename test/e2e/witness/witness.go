// Package witness watches EndpointSlices beside kubenames, and remembers what each Service's ready endpoints are and
// when it saw them become so.
package witness

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Endpoint is one ready address of a Service. Two are equal if DNS cannot tell them apart.
type Endpoint struct {
	Address  string
	Hostname string // or empty
}

// Witness is kept by its own watch; any goroutine may ask it.
type Witness struct {
	mu       sync.Mutex
	services map[string]*service // by NAMESPACE/NAME
	changed  chan struct{}       // closed and replaced with every event
}

type service struct {
	slices map[string][]Endpoint // by slice
	ready  []Endpoint            // of all slices, sorted; immutable
	since  time.Time
}

// New returns a witness that has seen what there is, and watches until ctx ends.
func New(ctx context.Context, client kubernetes.Interface) *Witness {
	w := &Witness{services: map[string]*service{}, changed: make(chan struct{})}
	factory := informers.NewSharedInformerFactory(client, 0)
	factory.Discovery().V1().EndpointSlices().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { w.see(object, false) },
		UpdateFunc: func(_, object any) { w.see(object, false) },
		DeleteFunc: func(object any) { w.see(object, true) },
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return w
}

// Wait returns the ready endpoints of a Service, sorted by address, and since when, once they are what ok wants.
func (w *Witness) Wait(ctx context.Context, namespace, name string, ok func([]Endpoint) bool) ([]Endpoint, time.Time, error) {
	for {
		w.mu.Lock()
		s, changed := w.service(namespace, name), w.changed
		ready, since := s.ready, s.since
		w.mu.Unlock()
		if ok(ready) {
			return ready, since, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, time.Time{}, fmt.Errorf("%s/%s: its endpoints stay %v: %w", namespace, name, ready, ctx.Err())
		}
	}
}

func (w *Witness) see(object any, gone bool) {
	now := time.Now()
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	slice, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.service(slice.Namespace, slice.Labels[discoveryv1.LabelServiceName])
	if gone {
		delete(s.slices, slice.Name)
	} else {
		s.slices[slice.Name] = ready(slice)
	}
	var all []Endpoint
	for _, some := range s.slices {
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Endpoint) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Hostname, b.Hostname))
	})
	if slices.Equal(all, s.ready) {
		return
	}
	s.ready, s.since = all, now
	close(w.changed)
	w.changed = make(chan struct{})
}

// service is the one of that name, perhaps without endpoints. The caller holds mu.
func (w *Witness) service(namespace, name string) *service {
	key := namespace + "/" + name
	if w.services[key] == nil {
		w.services[key] = &service{slices: map[string][]Endpoint{}}
	}
	return w.services[key]
}

// ready lists the endpoints of a slice that DNS may tell of.
func ready(slice *discoveryv1.EndpointSlice) (list []Endpoint) {
	for _, endpoint := range slice.Endpoints {
		if endpoint.Conditions.Ready != nil && !*endpoint.Conditions.Ready {
			continue
		}
		for _, address := range endpoint.Addresses {
			e := Endpoint{Address: address}
			if endpoint.Hostname != nil {
				e.Hostname = *endpoint.Hostname
			}
			list = append(list, e)
		}
	}
	return list
}
