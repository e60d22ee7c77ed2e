package kube

import (
	"errors"
	"fmt"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// merge lists the objects of all files. Of objects of one name the last one counts, in the order of the paths;
// that there are two in different places is reported when it is new. Endpoints count for Services that no
// slice belongs to: an export of a cluster holds both. A namespace is implied by what is in it.
func (m *Manifests) merge() []cluster.Object {
	type place struct {
		path string
		*found
	}
	var order []identity
	last := map[identity]place{}
	doubles := map[string]bool{}
	for _, f := range m.sorted() {
		if f.contents == nil {
			continue
		}
		for i := range f.contents.found {
			o := &f.contents.found[i]
			if before, ok := last[o.identity]; ok {
				doubles[fmt.Sprintf("manifests: %s is in %s:%d and in %s:%d: the last one is served",
					o.identity, before.path, before.line, f.path, o.line)] = true
			} else {
				order = append(order, o.identity)
			}
			last[o.identity] = place{f.path, o}
		}
	}
	m.tellDoubles(doubles)

	objects := make([]cluster.Object, 0, len(order))
	namespaces, sliced := map[string]bool{}, map[cluster.Key]bool{}
	for _, id := range order {
		if s := last[id].service; s != "" {
			sliced[cluster.Key{Namespace: id.namespace, Name: s}] = true
		}
		if id.kind == "Namespace" {
			namespaces[id.name] = true
		}
	}
	for _, id := range order {
		if id.namespace != "" && !namespaces[id.namespace] && label(id.namespace) {
			namespaces[id.namespace] = true
			if m.selectors.namespace(id.namespace, nil) {
				objects = append(objects, &cluster.Namespace{Name: id.namespace})
			}
		}
		if id.kind != "Endpoints" || !sliced[cluster.Key{Namespace: id.namespace, Name: id.name}] {
			objects = append(objects, last[id].objects...)
		}
	}
	return objects
}

// tellDoubles reports those that are new.
func (m *Manifests) tellDoubles(doubles map[string]bool) {
	for text := range doubles {
		if !m.doubles[text] {
			m.options.report(errors.New(text))
		}
	}
	m.doubles = doubles
}
