package kube

import (
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

func testStore(r *recorder) *store {
	return &store{
		kind: cluster.KindService, trim: newTrimmer(Options{}).trim, sink: r, pulse: &pulse{}, report: r.report,
		reaches: func(uint64) {}, past: func(uint64) {}, incident: func(Incident) {},
	}
}

// What tells that an object is gone comes in many shapes; none of them stops a watch.
func TestStoreTombstones(t *testing.T) {
	service := serviceObject("a", "10.0.0.1")
	for name, tombstone := range map[string]any{
		"object":            service,
		"tombstone":         cache.DeletedFinalStateUnknown{Key: "default/a", Obj: service},
		"pointer":           &cache.DeletedFinalStateUnknown{Key: "default/a"},
		"without an object": cache.DeletedFinalStateUnknown{Key: "default/a"},
		"without a key":     cache.DeletedFinalStateUnknown{Obj: service},
		"nested":            cache.DeletedFinalStateUnknown{Obj: cache.DeletedFinalStateUnknown{Key: "default/a"}},
		"of another type":   cache.DeletedFinalStateUnknown{Key: "default/a", Obj: 5},
		"trimmed":           trimmed{object: &cluster.Service{Namespace: "default", Name: "a"}},
		"hidden":            hidden{ref: cluster.Ref{Kind: cluster.KindService, Namespace: "default", Name: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			s := testStore(r)
			if s.Add(service); !r.has("services default/a") {
				t.Fatal("not added")
			}
			if err := s.Delete(tombstone); err != nil || !r.has("!services default/a") || r.reported("") != 0 {
				t.Errorf("got %v, %s", err, r)
			}
		})
	}
	for name, nonsense := range map[string]any{
		"nil": nil, "nil service": (*corev1.Service)(nil), "text": "x", "empty": cache.DeletedFinalStateUnknown{},
		"key": cache.DeletedFinalStateUnknown{Key: "a/b/c"}, "nil pointer": (*cache.DeletedFinalStateUnknown)(nil), "unnamed": &corev1.Service{},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			s := testStore(r)
			s.Delete(nonsense)
			s.Update(nonsense)
			s.Replace([]any{nonsense}, "")
			if _, err := s.Transformer()(nonsense); err != nil {
				t.Errorf("got %v from the transformer", err)
			}
			if r.reported("trim services: ") != 4 || len(r.objects) != 0 {
				t.Errorf("want four reports and no object: %s", r)
			}
		})
	}
}

func TestStorePanic(t *testing.T) {
	r := newRecorder()
	s := testStore(r)
	good := s.trim
	bad := ""
	s.trim = func(o any) cluster.Object {
		if o.(*corev1.Service).Name == bad {
			panic("boom")
		}
		return good(o)
	}
	s.Add(serviceObject("a", "10.0.0.1"))
	bad = "a"
	s.Update(serviceObject("a", "10.0.0.2"))
	if !r.has("services default/a") || r.reported("trim services default/a: panic: boom") != 1 {
		t.Errorf("want the last good state and a report: %s", r)
	}
	s.Replace([]any{serviceObject("a", "10.0.0.2"), serviceObject("b", "10.0.0.3")}, "")
	if !r.has("services default/b", "!services default/a") {
		t.Errorf("want the other one: %s", r)
	}
}

// A reflector that streams a list in keys what the transformer returns, and hands it over to Replace.
func TestStoreTransformer(t *testing.T) {
	r := newRecorder()
	s := testStore(r)
	var _ cache.TransformingStore = s
	temporary := cache.NewStore(cache.DeletionHandlingMetaNamespaceKeyFunc, cache.WithTransformer(s.Transformer()))
	for _, o := range []any{serviceObject("a", "10.0.0.1"), serviceObject("b", "None"), serviceObject("a", "10.0.0.2"), serviceObject("X", "None")} {
		if err := temporary.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := temporary.Delete(serviceObject("b", "None")); err != nil {
		t.Fatal(err)
	}
	for _, o := range temporary.List() {
		switch o := o.(type) {
		case trimmed:
			if name := o.object.Ref().Name; name != "a" {
				t.Errorf("got %q, want a", name)
			}
		case hidden:
			if o.ref.Name != "X" {
				t.Errorf("got %q hidden, want X", o.ref.Name)
			}
		default:
			t.Errorf("got %T collected, want it trimmed", o)
		}
	}
	s.Replace(temporary.List(), "")
	a, _ := r.get(cluster.KindService, "default", "a").(*cluster.Service)
	if len(r.objects) != 1 || a == nil || a.IPs.At(0).String() != "10.0.0.2" {
		t.Errorf("got %s, want a alone", r)
	}
}
