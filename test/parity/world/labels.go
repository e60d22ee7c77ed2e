package world

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubenames/kubenames/test/parity/api"
)

// Selectors is some that choose objects by what label gives them, and always the marks. In-tree takes no "!=".
var Selectors = []string{
	"app=web", "app in (web, db)", "app in (web,db),tier notin (back)", "tier", "!hidden", "app notin (db)", "tier  notin ( back )", "app==web",
	"!hidden, tier in (front)",
}

// NamespaceSelectors is some that choose namespaces, and always those of the marks.
var NamespaceSelectors = []string{
	"env=prod", "env in (prod, dev)", "env", "!hidden", "env notin (dev)", "env notin (dev),!hidden",
	"kubernetes.io/metadata.name in (default, ns1, svc, " + Home + ", " + Flag + ")", "kubernetes.io/metadata.name notin (ns1)",
}

// mark gives an object labels that all selectors choose.
func mark(o api.Object) api.Object {
	all := maps.Clone(o.GetLabels())
	if all == nil {
		all = map[string]string{}
	}
	all["app"], all["tier"], all["env"] = "web", "front", "prod"
	if all[corev1.LabelMetadataName] == "" {
		all[corev1.LabelMetadataName] = Home // in-tree chooses imports as if they were namespaces
	}
	o.SetLabels(all)
	return o
}

// label gives an object other labels that selectors know, and leaves its other ones.
func (w *World) label(o api.Object) {
	all := maps.Clone(o.GetLabels())
	if all == nil {
		all = map[string]string{}
	}
	for _, l := range []struct {
		key    string
		values []string
	}{{"app", []string{"web", "web", "web", "db", "db", ""}}, {"tier", []string{"front", "front", "back", ""}}, {"env", []string{"prod", "prod", "dev", ""}}, {"hidden", []string{"", "", "", "yes"}}} {
		delete(all, l.key)
		if v := pick(w, l.values); v != "" {
			all[l.key] = v
		}
	}
	o.SetLabels(all)
}

// relabel changes nothing but labels.
func (w *World) relabel(s Sink) {
	resource := pick(w, []string{"namespaces", "services", "services", "endpointslices", "endpointslices", "pods", "serviceimports"})
	o := w.any(resource)
	if o == nil {
		return
	}
	o = o.DeepCopyObject().(api.Object)
	w.label(o)
	w.put(s, resource, o)
	w.touchObject(o)
}

// isMark reports whether the object is a part of the marks.
func isMark(o api.Object) bool {
	return o.GetNamespace() == Home || o.GetName() == Home || o.GetName() == Flag
}
