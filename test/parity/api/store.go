// Package api is as much of a Kubernetes API server as those who list and watch can see: resource versions that are
// true, bookmarks, streaming lists, watches that break, and versions that are too old. It speaks JSON.
package api

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Object is an API object.
type Object interface {
	runtime.Object
	metav1.Object
}

// event is what became of an object in one version. Immutable.
type event struct {
	version  uint64
	resource string
	old, now Object // nil old: added; nil now: deleted; both: a bookmark
}

// store is all objects, and all that happened to them. Any goroutine may use it.
type store struct {
	mu      sync.Mutex
	version uint64
	objects map[string]map[string]Object // by resource and by namespace/name
	log     []event
	oldest  uint64        // a watch from before it is too old
	broken  int           // how often all watches were ended
	changed chan struct{} // closed at the next event
}

func newStore() *store {
	s := &store{version: 100, objects: map[string]map[string]Object{}, changed: make(chan struct{})}
	for _, r := range Resources() {
		s.objects[r] = map[string]Object{}
	}
	return s
}

func key(o metav1.Object) string { return o.GetNamespace() + "/" + o.GetName() }

// append adds events as of one version each, and wakes all watches. The caller holds mu.
func (s *store) append(e event) {
	s.log = append(s.log, e)
	close(s.changed)
	s.changed = make(chan struct{})
}

// put makes the object what it is now. The store keeps its own copy.
func (s *store) put(resource string, o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	now := o.DeepCopyObject().(Object)
	now.SetResourceVersion(strconv.FormatUint(s.version, 10))
	old := s.objects[resource][key(o)]
	if old != nil {
		now.SetUID(old.GetUID())
	} else {
		now.SetUID(uid(s.version))
	}
	s.objects[resource][key(o)] = now
	s.append(event{s.version, resource, old, now})
}

// remove deletes the object, if it is there.
func (s *store) remove(resource, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.objects[resource][key]
	if old == nil {
		return
	}
	s.version++
	delete(s.objects[resource], key)
	s.append(event{version: s.version, resource: resource, old: old})
}

// list is the objects of a resource in the order of their names, and the version of the list.
func (s *store) list(resource string) ([]Object, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Object
	for _, o := range s.objects[resource] {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Object) int {
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
	return all, s.version
}

// since is the events of a resource after a version, when there will be more, and how often watches were broken. It
// fails for a version that is too old.
func (s *store) since(resource string, version uint64) (events []event, more <-chan struct{}, broken int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.oldest {
		return nil, nil, 0, fmt.Errorf("too old resource version: %d (%d)", version, s.oldest)
	}
	at, _ := slices.BinarySearchFunc(s.log, version+1, func(e event, v uint64) int { return int(int64(e.version) - int64(v)) })
	for _, e := range s.log[at:] {
		if e.resource == resource || e.resource == "" {
			events = append(events, e)
		}
	}
	return events, s.changed, s.broken, nil
}
