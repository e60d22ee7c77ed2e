package kube

import (
	"fmt"

	"github.com/kubenames/kubenames/plugin/cluster"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// trimmed is an API object after trimming. It has the metadata that a reflector keys it by while a list streams in, and
// takes as little as can be, for a list is long.
type trimmed struct{ object cluster.Object }

// hidden is an API object after trimming that DNS does not see.
type hidden struct{ ref cluster.Ref }

// GetObjectMeta is the name of the object and no more.
func (t trimmed) GetObjectMeta() metav1.Object { return nameOnly(t.object.Ref()) }

// GetObjectMeta is the name of the object and no more.
func (h hidden) GetObjectMeta() metav1.Object { return nameOnly(h.ref) }

func nameOnly(r cluster.Ref) metav1.Object {
	return &metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}
}

// store is where the reflector of one kind puts what it learns. It keeps nothing: it trims, and tells the
// sink. One goroutine, the reflector's, uses it.
type store struct {
	kind   cluster.Kind
	trim   func(any) cluster.Object
	sink   cluster.Sink
	pulse  *pulse
	report func(error)
}

var (
	_ cache.TransformingStore      = (*store)(nil)
	_ cache.ReflectorBookmarkStore = (*store)(nil)
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
			return hidden{ref}, nil
		}
		return trimmed{seen}, nil
	}
}

// Add tells that the object exists.
func (s *store) Add(object any) error { return s.Update(object) }

// Update tells what the object is now. One that cannot be trimmed stays what it was.
func (s *store) Update(object any) error {
	ref, seen, err := s.read(object)
	if err != nil {
		s.pulse.lives()
		s.report(err)
		return nil
	}
	s.apply(cluster.Change{Ref: ref, Object: seen}, object)
	return nil
}

// Delete tells that the object does not exist any more.
func (s *store) Delete(object any) error {
	ref, err := s.name(object)
	if err != nil {
		s.report(err)
		return nil
	}
	s.apply(cluster.Gone(ref), object)
	return nil
}

// apply tells of an event that carried the object.
func (s *store) apply(c cluster.Change, object any) {
	s.pulse.beats()
	c.Version, c.Triggered = versionOf(object), triggeredOf(object)
	s.sink.Apply(c)
}

// Bookmark tells that the server has nothing to tell.
func (s *store) Bookmark(string) error {
	s.pulse.lives()
	return nil
}

// Replace tells all the objects that there are.
func (s *store) Replace(list []any, version string) error {
	s.pulse.lives()
	objects := make([]cluster.Object, 0, len(list))
	for i := range list {
		_, seen, err := s.read(list[i])
		list[i] = nil // garbage from here on
		if err != nil {
			s.report(err)
		} else if seen != nil {
			objects = append(objects, seen)
		}
	}
	s.sink.Replace([]cluster.Kind{s.kind}, objects, number(version))
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
