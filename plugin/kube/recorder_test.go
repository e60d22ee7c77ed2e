package kube

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// recorder is a Sink that holds what it was told.
type recorder struct {
	mu       sync.Mutex
	objects  map[cluster.Ref]cluster.Object
	replaced map[cluster.Kind]int
	versions map[cluster.Kind]uint64        // of the last Replace
	changes  map[cluster.Ref]cluster.Change // the last one of each
	errs     []string
}

func newRecorder() *recorder {
	return &recorder{
		objects: map[cluster.Ref]cluster.Object{}, replaced: map[cluster.Kind]int{},
		versions: map[cluster.Kind]uint64{}, changes: map[cluster.Ref]cluster.Change{},
	}
}

func (r *recorder) Apply(changes ...cluster.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range changes {
		r.changes[c.Ref] = c
		if c.Object == nil {
			delete(r.objects, c.Ref)
		} else {
			r.objects[c.Ref] = c.Object
		}
	}
}

func (r *recorder) Replace(kinds []cluster.Kind, objects []cluster.Object, version uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range kinds {
		r.replaced[k]++
		r.versions[k] = version
		for ref := range r.objects {
			if ref.Kind == k {
				delete(r.objects, ref)
			}
		}
	}
	for _, o := range objects {
		r.objects[o.Ref()] = o
	}
}

func (r *recorder) report(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err.Error())
}

// names lists what there is of a kind, sorted.
func (r *recorder) has(refs ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	have := map[string]bool{}
	for ref := range r.objects {
		have[ref.String()] = true
	}
	for _, ref := range refs {
		if want := !strings.HasPrefix(ref, "!"); have[strings.TrimPrefix(ref, "!")] != want {
			return false
		}
	}
	return true
}

func (r *recorder) get(k cluster.Kind, namespace, name string) cluster.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.objects[cluster.Ref{Kind: k, Namespace: namespace, Name: name}]
}

func (r *recorder) change(k cluster.Kind, namespace, name string) cluster.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changes[cluster.Ref{Kind: k, Namespace: namespace, Name: name}]
}

func (r *recorder) version(k cluster.Kind) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.versions[k]
}

func (r *recorder) replacements(k cluster.Kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replaced[k]
}

// reported counts the reports that contain all the words.
func (r *recorder) reported(words ...string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range r.errs {
		all := true
		for _, w := range words {
			all = all && strings.Contains(e, w)
		}
		if all {
			n++
		}
	}
	return n
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("objects %v\nreports %q", r.objects, r.errs)
}

// eventually waits for a condition.
func eventually(t *testing.T, r *recorder, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s\n%s", what, r)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// run starts a source and returns what ends it and waits.
func run(t *testing.T, s cluster.Source, r cluster.Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, r) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("got %v from Run, want nil", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("Run does not return")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}
