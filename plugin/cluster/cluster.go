// Package cluster is what DNS can see of a Kubernetes cluster: its namespaces, Services,
// EndpointSlices and pods, trimmed to what a name or an answer depends on.
//
//	API object ──trimmed──▶ Object ──Change──▶ State ──Delta──▶ who compiles answers
//
// Objects are immutable: whoever made one hands it over and never writes to it again; any goroutine may
// read it. State is owned: one goroutine at a time may use it.
package cluster

import (
	"strconv"
	"time"
)

// Kind is a kind of object.
type Kind uint8

// The kinds that DNS can see.
const (
	KindNamespace Kind = iota + 1
	KindService
	KindSlice
	KindPod
	KindImport      // ServiceImport of the Multi-Cluster Services API
	KindImportSlice // EndpointSlice of a ServiceImport
)

// Kinds lists every Kind.
func Kinds() []Kind {
	return []Kind{KindNamespace, KindService, KindSlice, KindPod, KindImport, KindImportSlice}
}

// String is the API's plural, lower-case name of the kind, for logs and metrics.
func (k Kind) String() string {
	switch k {
	case KindNamespace:
		return "namespaces"
	case KindService:
		return "services"
	case KindSlice:
		return "endpointslices"
	case KindPod:
		return "pods"
	case KindImport:
		return "serviceimports"
	case KindImportSlice:
		return "imported endpointslices"
	}
	return "kind " + strconv.Itoa(int(k))
}

// Ref names an object. It is comparable; Namespace is empty for a Namespace.
type Ref struct {
	Kind            Kind
	Namespace, Name string
}

// String is "kind namespace/name", for logs.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind.String() + " " + r.Name
	}
	return r.Kind.String() + " " + r.Namespace + "/" + r.Name
}

// Object is a *Namespace, *Service, *Slice or *Pod.
type Object interface {
	Ref() Ref
	// same reports whether DNS can tell the two apart; the other has the same Ref.
	same(Object) bool
}

// Change says what an object is now; a nil Object says that it is gone.
type Change struct {
	Ref       Ref
	Object    Object
	Version   uint64    // of the cluster after the change, as the API server counts; 0: nobody counts
	Triggered time.Time // when that happened which made Kubernetes write the object; zero: it did not tell
}

// Put is the Change to an object that exists.
func Put(o Object) Change { return Change{Ref: o.Ref(), Object: o} }

// Gone is the Change to an object that does not exist any more.
func Gone(r Ref) Change { return Change{Ref: r} }

// Key names a Service and all that belongs to it; or, if Imported, a ServiceImport and all that belongs to it.
type Key struct {
	Namespace, Name string
	Imported        bool
}

// Diff is what a Change made of an object: Old is nil if it is new, New is nil if it is gone.
type Diff struct{ Old, New Object }

// Delta is what changes made of a State, as far as DNS can see it.
type Delta struct {
	Namespaces []string // came or went
	Services   []Key    // their Service or their endpoints differ
	Pods       []Diff
	Version    uint64 // of the cluster, as of the change; 0: nobody counts, or time alone has made it
}

// Empty reports whether DNS can see nothing of it.
func (d Delta) Empty() bool { return len(d.Namespaces)+len(d.Services)+len(d.Pods) == 0 }
