package trial

import (
	"maps"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/dialog"
)

// Shrink finds the smallest cluster and question that still have the fault, with a change of the cluster only if it
// takes one. It returns nil if the fault does not come again.
func Shrink(f *Fault) (*Fault, error) {
	s, err := newStage(f.Seed, f.config)
	if err != nil {
		return nil, err
	}
	defer s.close()
	q := f.Question
	q.ExpectSilence = false
	for _, sc := range []scene{{after: f.after, question: q}, {f.before, f.after, q}} {
		fault, err := s.play(sc)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			return s.shrink(sc, fault)
		}
	}
	return nil, nil
}

// shrink makes a scene smaller as long as that leaves a fault.
func (s *stage) shrink(sc scene, fault *Fault) (*Fault, error) {
	try := func(smaller scene) (bool, error) {
		now, err := s.play(smaller)
		if now != nil {
			sc, fault = smaller, now
		}
		return now != nil, err
	}
	if err := s.fewer(&sc, try); err != nil {
		return nil, err
	}
	for _, change := range plainer {
		q := sc.question
		change(&q)
		if q == sc.question {
			continue
		}
		if _, err := try(scene{sc.before, sc.after, q}); err != nil {
			return nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(sc.after["endpointslices"])) {
		for i := 0; i < endpoints(sc, key); {
			done, err := try(scene{sc.before.without(key, i), sc.after.without(key, i), sc.question})
			if err != nil {
				return nil, err
			}
			if !done {
				i++
			}
		}
	}
	fault.Seed, fault.Corefile, fault.config = s.seed, s.config.Block("PLUGIN", ""), s.config
	fault.before, fault.after = sc.before, sc.after
	fault.Cluster = sc.after.yaml(resources...)
	return fault, nil
}

// fewer takes objects out, many at a time while that goes.
func (s *stage) fewer(sc *scene, try func(scene) (bool, error)) error {
	for again := true; again; {
		again = false
		items := sc.items()
		for size := (len(items) + 1) / 2; size > 0; size /= 2 {
			for i := 0; i < len(items); {
				some := items[i:min(i+size, len(items))]
				done, err := try(scene{sc.before.less(some), sc.after.less(some), sc.question})
				if err != nil {
					return err
				}
				if done {
					items = slices.Delete(items, i, i+len(some))
					again = size > 1
				} else {
					i += size
				}
			}
		}
	}
	return nil
}

// items is the resource and the key of all objects.
func (sc *scene) items() (all [][2]string) {
	for _, resource := range slices.Backward(resources) {
		keys := map[string]bool{}
		for _, s := range []snapshot{sc.before, sc.after} {
			for key, o := range s[resource] {
				keys[key] = !isMark(o)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if keys[key] {
				all = append(all, [2]string{resource, key})
			}
		}
	}
	return all
}

// less is the snapshot without some objects.
func (s snapshot) less(items [][2]string) snapshot {
	if s == nil {
		return nil
	}
	s = s.clone()
	for _, i := range items {
		delete(s[i[0]], i[1])
	}
	return s
}

// endpoints is how many endpoints a slice has, those before the change too.
func endpoints(sc scene, key string) (n int) {
	for _, s := range []snapshot{sc.before, sc.after} {
		if sl, ok := s["endpointslices"][key].(*discoveryv1.EndpointSlice); ok {
			n = max(n, len(sl.Endpoints))
		}
	}
	return min(n, 40)
}

// without is the snapshot without an endpoint of a slice.
func (s snapshot) without(key string, i int) snapshot {
	sl, ok := s["endpointslices"][key].(*discoveryv1.EndpointSlice)
	if !ok || i >= len(sl.Endpoints) {
		return s
	}
	s = s.clone()
	sl = sl.DeepCopy()
	sl.Endpoints = slices.Delete(sl.Endpoints, i, i+1)
	s["endpointslices"][key] = api.Object(sl)
	return s
}

// plainer is what may not matter of a question.
var plainer = []func(*dialog.Question){
	func(q *dialog.Question) { q.AD, q.CD, q.Z, q.Options = false, false, 0, false },
	func(q *dialog.Question) { q.RD = false },
	func(q *dialog.Question) { q.EDNS, q.DO, q.Size = false, false, 0 },
	func(q *dialog.Question) { q.TCP = false },
	func(q *dialog.Question) { q.Name = strings.ToLower(q.Name) },
}
