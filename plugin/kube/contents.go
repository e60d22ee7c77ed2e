package kube

//lint:file-ignore SA1019 Endpoints are deprecated, and still written by hand

import (
	"fmt"
	"strings"

	"github.com/kubenames/kubenames/plugin/cluster"
	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// contents is what a file holds for DNS. It is immutable.
type contents struct {
	found   []found
	ignored map[string]int // objects of kinds that are not for DNS, by kind
	unnamed []error        // objects that DNS cannot name
}

// identity names an object of a manifest.
type identity struct{ kind, namespace, name string }

func (i identity) String() string {
	if i.namespace == "" {
		return i.kind + " " + i.name
	}
	return i.kind + " " + i.namespace + "/" + i.name
}

// found is an object of a manifest.
type found struct {
	identity
	line    int
	objects []cluster.Object // as DNS sees it; none if DNS does not, or if the labels leave it out
	service string           // of an EndpointSlice: the name of the Service, or ""
}

// readContents reads YAML or JSON. Errors are *lineError.
func readContents(data []byte, o Options, t *trimmer) (*contents, error) {
	c := &contents{ignored: map[string]int{}}
	selectors, err := o.selectors()
	if err != nil {
		return nil, &lineError{1, err}
	}
	r := reader{contents: c, options: o, selectors: selectors, trimmer: t}
	if err := documents(data, func(n *yaml.Node) error { return r.read(n, "", "") }); err != nil {
		return nil, err
	}
	return c, nil
}

type reader struct {
	*contents
	options   Options
	selectors selectors
	trimmer   *trimmer
}

// read takes one object, or the objects of a list of any kind. One that does not say what it is, is of the kind
// given: that of the list it is in.
func (r *reader) read(n *yaml.Node, api, kind string) error {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		return atLine(n, "want an object of the API, have %s", jsonType(n))
	}
	if k := text(n, "kind"); k != "" {
		api, kind = text(n, "apiVersion"), k
	}
	if kind == "" {
		return atLine(n, "want an object of the API: it has no kind")
	}
	if one, ok := strings.CutSuffix(kind, "List"); ok {
		items := field(n, "items")
		switch {
		case items == nil || items.ShortTag() == "!!null":
			return nil
		case items.Kind != yaml.SequenceNode:
			return atLine(items, "items: want a list, have %s", jsonType(items))
		}
		for _, item := range items.Content {
			if err := r.read(item, api, one); err != nil {
				return err
			}
		}
		return nil
	}
	object := newObject(api, kind)
	if object == nil {
		group, _, versioned := strings.Cut(api, "/")
		if versioned && group != "" {
			kind += "." + group
		}
		r.ignored[kind]++
		return nil
	}
	return r.add(n, kind, object)
}

// newObject is an empty object of a kind that DNS depends on, or nil.
func newObject(api, kind string) metav1.Object {
	switch api + " " + kind {
	case "v1 Namespace":
		return &corev1.Namespace{}
	case "v1 Service":
		return &corev1.Service{}
	case "v1 Endpoints":
		return &corev1.Endpoints{}
	case "v1 Pod":
		return &corev1.Pod{}
	case "discovery.k8s.io/v1 EndpointSlice":
		return &discoveryv1.EndpointSlice{}
	case mcs.GroupName + "/v1beta1 ServiceImport", mcs.GroupName + "/v1alpha1 ServiceImport":
		return &mcs.ServiceImport{}
	}
	return nil
}

// add decodes and trims an object of a kind that DNS depends on.
func (r *reader) add(n *yaml.Node, kind string, object metav1.Object) error {
	if !r.wanted(object) {
		object = &metav1.ObjectMeta{Namespace: text(n, "metadata", "namespace"), Name: text(n, "metadata", "name")}
	} else if err := decode(n, object); err != nil {
		return err
	}
	if object.GetName() == "" {
		return atLine(n, "%s without metadata.name", kind)
	}
	if kind == "Namespace" {
		object.SetNamespace("")
	} else if object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
	f := found{identity: identity{kind, object.GetNamespace(), object.GetName()}, line: n.Line}
	if s, ok := object.(*discoveryv1.EndpointSlice); ok {
		f.service = s.Labels[discoveryv1.LabelServiceName]
	}
	f.objects = r.trim(object)
	if !nameable(object) {
		r.unnamed = append(r.unnamed, &lineError{n.Line, fmt.Errorf("%s: not a DNS label, has no name in DNS", f.identity)})
	}
	r.found = append(r.found, f)
	return nil
}
