// Package world makes up clusters, and changes of them. The same seed makes the same world.
//
// It is small, so that much is shared: an address has several owners, a hostname several endpoints.
package world

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubenames/kubenames/test/parity/api"
)

// World is a cluster. It belongs to one goroutine.
type World struct {
	*rand.Rand
	Objects map[string]map[string]api.Object // by resource and by namespace/name
	Rare    bool                             // with texts of addresses that nobody writes
	Imports bool                             // with what other clusters export
	seed    uint64
	locals  []string // addresses that the server may have
	odd     bool     // with what an API server takes but no controller writes
	beats   int
	filled  bool // it is a whole cluster, and changes from now on
	touched []string
}

// Sink is told what the objects are now.
type Sink interface {
	Put(resource string, o api.Object)
	Remove(resource, namespace, name string)
}

// New is an empty world.
func New(seed uint64, locals []string) *World {
	w := &World{Rand: rand.New(rand.NewPCG(seed, 1)), Objects: map[string]map[string]api.Object{}, seed: seed, locals: locals}
	for _, r := range api.Resources() {
		w.Objects[r] = map[string]api.Object{}
	}
	w.odd = w.IntN(4) == 0
	return w
}

// Fill makes a whole cluster.
func (w *World) Fill(s Sink) {
	for _, name := range some(w, namespaceNames, 3, 6) {
		n := namespace(name)
		w.label(n)
		w.put(s, "namespaces", n)
	}
	for range 8 + w.IntN(12) {
		w.changeService(s)
	}
	for range 12 + w.IntN(20) {
		w.changeSlice(s)
	}
	for range 10 {
		w.changePod(s)
	}
	for range 6 + w.IntN(8) {
		w.changeImport(s)
	}
	for range 8 + w.IntN(10) {
		w.changeImportSlice(s)
	}
	w.crowd(s)
	w.filled = true
}

// Change makes up to n changes. It returns the names of the services, as SVC.NS, and of the namespaces that they are about.
func (w *World) Change(s Sink, n int) []string {
	w.touched = nil
	for range 1 + w.IntN(n) {
		switch w.IntN(16) {
		case 0:
			w.changeNamespace(s)
		case 1, 2, 3:
			w.changeService(s)
		case 4, 5, 6, 7:
			w.changeSlice(s)
		case 8:
			w.move(s)
		case 9:
			w.changePod(s)
		case 10, 11:
			w.relabel(s)
		case 12:
			w.changeImport(s)
		case 13:
			w.changeImportSlice(s)
		default:
			w.removeAny(s)
		}
	}
	slices.Sort(w.touched)
	return slices.Compact(w.touched)
}

func (w *World) put(s Sink, resource string, o api.Object) {
	w.Objects[resource][o.GetNamespace()+"/"+o.GetName()] = o
	s.Put(resource, o)
}

func (w *World) remove(s Sink, resource string, o api.Object) {
	delete(w.Objects[resource], o.GetNamespace()+"/"+o.GetName())
	s.Remove(resource, o.GetNamespace(), o.GetName())
}

func (w *World) touch(service, namespace string) {
	w.touched = append(w.touched, service+"."+namespace, namespace)
}

// touchObject says that what the object is about was touched.
func (w *World) touchObject(o api.Object) {
	switch o := o.(type) {
	case *discoveryv1.EndpointSlice:
		w.touch(owner(o), o.Namespace)
	case *corev1.Namespace:
		w.touched = append(w.touched, o.Name)
		for _, s := range slices.Concat(w.All("services"), w.All("serviceimports")) {
			if s.GetNamespace() == o.Name {
				w.touch(s.GetName(), o.Name)
			}
		}
	default:
		w.touch(o.GetName(), o.GetNamespace())
	}
}

// Keys is the objects of a resource, in order.
func (w *World) Keys(resource string) []string { return slices.Sorted(maps.Keys(w.Objects[resource])) }

// All is the objects of a resource, in the order of their names.
func (w *World) All(resource string) (all []api.Object) {
	for _, k := range w.Keys(resource) {
		all = append(all, w.Objects[resource][k])
	}
	return all
}

// Unlabelled reports whether there is a slice of no service.
func (w *World) Unlabelled() bool {
	return slices.ContainsFunc(w.All("endpointslices"), func(o api.Object) bool { return o.GetLabels()[discoveryv1.LabelServiceName] == "" })
}

// any is one of the objects of the resource, but no mark; nil if there is none.
func (w *World) any(resource string) api.Object {
	all := slices.DeleteFunc(w.All(resource), isMark)
	if len(all) == 0 {
		return nil
	}
	return pick(w, all)
}

// YAML is the cluster as manifests, without marks.
func (w *World) YAML() string {
	var b bytes.Buffer
	for _, r := range api.Resources() {
		for _, o := range w.All(r) {
			if isMark(o) {
				continue
			}
			text, err := yaml.Marshal(o)
			if err != nil {
				text = []byte(fmt.Sprintf("# %v\n", err))
			}
			b.WriteString("---\n")
			b.Write(text)
		}
	}
	return b.String()
}

func pick[T any](w *World, from []T) T { return from[w.IntN(len(from))] }

// some is low to high of them, each at most once.
func some[T any](w *World, from []T, low, high int) (all []T) {
	high = min(high, len(from))
	for _, i := range w.Perm(len(from))[:low+w.IntN(high-low+1)] {
		all = append(all, from[i])
	}
	return all
}

// one in n times
func (w *World) one(n int) bool { return w.IntN(n) == 0 }

// Take takes an object out of the cluster, and returns what puts it back; nil if it is a mark.
func (w *World) Take(s Sink, resource, key string) (put func()) {
	o := w.Objects[resource][key]
	if o == nil || isMark(o) {
		return nil
	}
	w.remove(s, resource, o)
	return func() { w.put(s, resource, o) }
}
