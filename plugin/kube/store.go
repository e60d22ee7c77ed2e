package kube

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// trimmed is an API object after trimming. It has the metadata that a reflector keys it by while a list streams in, and
// takes as little as can be, for a list is long. It is immutable.
type trimmed struct {
	object  cluster.Object
	version uint64
}

// hidden is an API object after trimming that DNS does not see. It is immutable.
type hidden struct {
	ref     cluster.Ref
	version uint64
}

// GetObjectMeta is the name of the object and no more.
func (t trimmed) GetObjectMeta() metav1.Object { return nameOnly(t.object.Ref()) }

// GetObjectMeta is the name of the object and no more.
func (h hidden) GetObjectMeta() metav1.Object { return nameOnly(h.ref) }

// GetObjectKind is of no kind: a list is of one.
func (trimmed) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// GetObjectKind is of no kind: a list is of one.
func (hidden) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject is the object itself: nobody changes it.
func (t trimmed) DeepCopyObject() runtime.Object { return t }

// DeepCopyObject is the object itself: nobody changes it.
func (h hidden) DeepCopyObject() runtime.Object { return h }

func nameOnly(r cluster.Ref) metav1.Object {
	return &metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}
}

// store is where the reflector of one kind puts what it learns. It keeps none of it: it trims, and tells the
// sink. The reflector's goroutine uses it, and an audit.
type store struct {
	kind     cluster.Kind
	trim     func(any) cluster.Object
	sink     cluster.Sink
	pulse    *pulse
	report   func(error)
	reaches  func(version uint64) // the stream has come to the version
	past     func(version uint64) // likewise, where it may be an older one
	incident func(Incident)

	mu       sync.Mutex // held while the sink is told
	versions *versions  // of what is held; nil: nobody audits
	mending  uint64     // the object that an audit reads; 0: none
	touched  bool       // it has changed meanwhile

	listed time.Time // when all was told last; the reflector's goroutine's
}

var (
	_ cache.TransformingStore      = (*store)(nil)
	_ cache.ReflectorBookmarkStore = (*store)(nil)
	_ runtime.Object               = trimmed{}
	_ runtime.Object               = hidden{}
)

// Transformer trims objects before the reflector collects them, so that the list that streams in is never
// whole in memory untrimmed.
func (s *store) Transformer() cache.TransformFunc {
	return func(object any) (any, error) {
		ref, seen, err := s.read(object)
		if err != nil {
			s.report(err)
		}
		switch {
		case ref.Name == "":
			return object, nil
		case seen == nil:
			return hidden{ref, versionOf(object)}, nil
		}
		return trimmed{seen, versionOf(object)}, nil
	}
}

// Add tells that the object exists.
func (s *store) Add(object any) error { return s.Update(object) }

// Update tells what the object is now. One that cannot be trimmed stays what it was.
func (s *store) Update(object any) error {
	ref, seen, err := s.read(object)
	s.pulse.beats()
	if ref.Name == "" {
		s.report(err)
		return nil
	}
	c := cluster.Change{Ref: ref, Object: seen, Version: versionOf(object), Triggered: triggeredOf(object)}
	s.mu.Lock()
	s.note(ref, c.Version, true)
	if err == nil {
		s.apply(c)
	}
	s.mu.Unlock()
	if err != nil {
		s.report(err)
	}
	s.reaches(c.Version)
	return nil
}

// Delete tells that the object does not exist any more.
func (s *store) Delete(object any) error {
	ref, err := s.name(object)
	if err != nil {
		s.report(err)
		return nil
	}
	s.pulse.beats()
	c := cluster.Change{Ref: ref, Version: versionOf(object), Triggered: triggeredOf(object)}
	s.mu.Lock()
	s.note(ref, 0, false)
	s.apply(c)
	s.mu.Unlock()
	s.past(c.Version) // of the deletion, or, from old servers, of the object
	return nil
}

// apply tells the sink. A panic over one object is a report: it stays what it was, and the watch goes on.
func (s *store) apply(c cluster.Change) (done bool) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked("apply", c.Ref, p)
		}
	}()
	s.sink.Apply(c)
	return true
}

func (s *store) panicked(what string, of fmt.Stringer, p any) {
	s.incident(Panicked)
	s.report(fmt.Errorf("%s %s: panic: %v", what, of, p))
}

// Bookmark tells that the server has nothing to tell.
func (s *store) Bookmark(version string) error {
	s.pulse.lives()
	s.reaches(number(version))
	return nil
}

// Replace tells all the objects that there are.
func (s *store) Replace(list []any, version string) error {
	s.pulse.lives()
	if p := s.replaceAll(list, number(version)); p != nil {
		panic(p)
	}
	s.listed = time.Now()
	s.reaches(number(version))
	return nil
}

// replaceAll is Replace, and returns what it panicked with.
func (s *store) replaceAll(list []any, version uint64) (panicked any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	objects := make([]cluster.Object, 0, len(list))
	held := s.versions.emptied(len(list))
	for i := range list {
		ref, seen, err := s.read(list[i])
		if held != nil && ref.Name != "" {
			held.put(held.hash(ref.Namespace, ref.Name), versionOf(list[i]))
		}
		list[i] = nil // garbage from here on
		if err != nil {
			s.report(err)
		} else if seen != nil {
			objects = append(objects, seen)
		}
	}
	s.versions, s.touched = held, true
	return s.replace(objects, version)
}

// replace tells the sink. If that panics, each object is told alone, which shows over which, and then all the others.
func (s *store) replace(objects []cluster.Object, version uint64) (panicked any) {
	if panicked = s.tryReplace(objects, version); panicked == nil {
		return nil
	}
	told := len(objects)
	objects = slices.DeleteFunc(objects, func(o cluster.Object) bool { return !s.apply(cluster.Put(o)) })
	if len(objects) == told {
		return panicked // over none of them
	}
	return s.tryReplace(objects, version)
}

func (s *store) tryReplace(objects []cluster.Object, version uint64) (panicked any) {
	defer func() { panicked = recover() }()
	s.sink.Replace([]cluster.Kind{s.kind}, objects, version)
	return nil
}

// Resync does nothing: there is no second copy to compare with.
func (s *store) Resync() error { return nil }

// read trims the object, unless it was trimmed before; nil: DNS does not see it. A panic over one object is an error: the
// watch goes on.
func (s *store) read(object any) (ref cluster.Ref, seen cluster.Object, err error) {
	if ref, err = s.name(object); err != nil {
		return ref, nil, err
	}
	switch o := object.(type) {
	case trimmed:
		return ref, o.object, nil
	case hidden:
		return ref, nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			s.incident(Panicked)
			seen, err = nil, fmt.Errorf("trim %s: panic: %v", ref, p)
		}
	}()
	return ref, s.trim(object), nil
}

// name names an object, or what is left of one: a reflector that missed a deletion knows only a key.
func (s *store) name(object any) (ref cluster.Ref, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("trim %s: %T has no name: panic: %v", s.kind, object, p)
		}
	}()
	for {
		switch o := object.(type) {
		case trimmed:
			return o.object.Ref(), nil
		case hidden:
			return o.ref, nil
		case metav1.Object:
			return s.ref(o.GetNamespace(), o.GetName())
		case cache.DeletedFinalStateUnknown:
			if o.Key == "" {
				object = o.Obj
				continue
			}
			namespace, name, err := cache.SplitMetaNamespaceKey(o.Key)
			if err != nil {
				return ref, fmt.Errorf("trim %s: tombstone: %w", s.kind, err)
			}
			return s.ref(namespace, name)
		case *cache.DeletedFinalStateUnknown:
			object = *o
		default:
			return ref, fmt.Errorf("trim %s: unexpected object of type %T", s.kind, object)
		}
	}
}

func (s *store) ref(namespace, name string) (cluster.Ref, error) {
	if name == "" {
		return cluster.Ref{}, fmt.Errorf("trim %s: object without a name", s.kind)
	}
	return cluster.Ref{Kind: s.kind, Namespace: namespace, Name: name}, nil
}
