// Package cluster is what DNS can see of a Kubernetes cluster: its namespaces, Services,
// EndpointSlices and pods, trimmed to what a name or an answer depends on.
//
//	API object ──trimmed──▶ Object ──Change──▶ State ──Delta──▶ who compiles answers
//
// Objects are immutable: whoever made one hands it over and never writes to it again; any goroutine may
// read it. State is owned: one goroutine at a time may use it.
package cluster

import "strconv"

// Kind is a kind of object.
type Kind uint8

// The kinds that DNS can see.
const (
	KindNamespace Kind = iota + 1
	KindService
	KindSlice
	KindPod
)

// Kinds lists every Kind.
func Kinds() []Kind { return []Kind{KindNamespace, KindService, KindSlice, KindPod} }

// String is the API's plural, lower-case name of the kind, as RBAC rules and metrics spell it.
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
	Ref    Ref
	Object Object
}

// Put is the Change to an object that exists.
func Put(o Object) Change { return Change{o.Ref(), o} }

// Gone is the Change to an object that does not exist any more.
func Gone(r Ref) Change { return Change{Ref: r} }

// Key names a Service and all that belongs to it.
type Key struct{ Namespace, Name string }

// Diff is what a Change made of an object: Old is nil if it is new, New is nil if it is gone.
type Diff struct{ Old, New Object }

// Delta is what changes made of a State, as far as DNS can see it.
type Delta struct {
	Namespaces []string // came or went
	Services   []Key    // their Service or their endpoints differ
	Pods       []Diff
}

// Empty reports whether DNS can see nothing of it.
func (d Delta) Empty() bool { return len(d.Namespaces)+len(d.Services)+len(d.Pods) == 0 }
