package api

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
)

// examples is what is served: an object of each resource.
var examples = map[string]Object{
	"namespaces":     &corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}},
	"services":       &corev1.Service{TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}},
	"pods":           &corev1.Pod{TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}},
	"endpointslices": &discoveryv1.EndpointSlice{TypeMeta: metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"}},
}

// codec makes bytes of objects, and objects of bytes.
var codec = func() *protobuf.Serializer {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, discoveryv1.AddToScheme, metav1.AddMetaToScheme} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return protobuf.NewSerializer(scheme, scheme)
}()

func encode(o Object, version uint64) []byte {
	o.SetResourceVersion(strconv.FormatUint(version, 10))
	var b bytes.Buffer
	if err := codec.Encode(o, &b); err != nil {
		panic(fmt.Sprintf("an object that is no message: %v", err)) // ours alone
	}
	return b.Bytes()
}

// bookmark tells a version: that of a list, after the last object in it, or how far a watch has come.
func bookmark(resource string, listed bool) Object {
	o := examples[resource].DeepCopyObject().(Object)
	if listed {
		o.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return o
}

// metadata is an object as an audit sees it, or the bookmark at the end of a list of such.
func metadata(of Object, version uint64) []byte {
	o := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"}}
	o.Name, o.Namespace, o.UID, o.Labels, o.Annotations = of.GetName(), of.GetNamespace(), of.GetUID(), of.GetLabels(), of.GetAnnotations()
	return encode(o, version)
}

// stored is an object as it is sent, whole and without what is beyond its metadata. Immutable.
type stored struct{ whole, metadata []byte }

// event is what became of an object in one version. Immutable.
type event struct {
	version        uint64
	resource, kind string
	raw            []byte
}

// store is all objects, and all that happened to them. Any goroutine may use it.
type store struct {
	mu      sync.Mutex
	version uint64
	objects map[string]map[string]stored // by resource and by namespace/name
	log     []event
	changed chan struct{} // closed at the next event
}

func newStore() *store {
	s := &store{version: 1, objects: map[string]map[string]stored{}, changed: make(chan struct{})}
	for resource := range examples {
		s.objects[resource] = map[string]stored{}
	}
	return s
}

// append adds an event, and wakes all watches. The caller holds mu.
func (s *store) append(resource, kind string, raw []byte) {
	s.log = append(s.log, event{s.version, resource, kind, raw})
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *store) put(resource string, o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	key, kind := o.GetNamespace()+"/"+o.GetName(), "ADDED"
	if _, ok := s.objects[resource][key]; ok {
		kind = "MODIFIED"
	}
	o.SetUID(types.UID("uid-" + key)) // the same for as long as the name
	raw := encode(o, s.version)
	s.objects[resource][key] = stored{raw, metadata(o, s.version)}
	s.append(resource, kind, raw)
}

func (s *store) remove(resource, namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := namespace + "/" + name
	was, ok := s.objects[resource][key]
	if !ok {
		return
	}
	o, _, err := codec.Decode(was.whole, nil, examples[resource].DeepCopyObject())
	if err != nil {
		panic(fmt.Sprintf("a message that is no object: %v", err)) // ours alone
	}
	s.version++
	delete(s.objects[resource], key)
	s.append(resource, "DELETED", encode(o.(Object), s.version))
}

// list is the objects of a resource in the order of their names, and the version of the list.
func (s *store) list(resource string) (all []stored, version uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.objects[resource])) {
		all = append(all, s.objects[resource][key])
	}
	return all, s.version
}

// since is the events of a resource after a version, the version that they lead to, and when there will be more.
func (s *store) since(resource string, version uint64) (events []event, last uint64, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, _ := slices.BinarySearchFunc(s.log, version+1, func(e event, v uint64) int { return int(int64(e.version) - int64(v)) })
	for _, e := range s.log[at:] {
		if e.resource == resource {
			events = append(events, e)
		}
	}
	return events, s.version, s.changed
}

// now is the version of the cluster.
func (s *store) now() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}
