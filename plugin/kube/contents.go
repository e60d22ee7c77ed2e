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
	line   int
	object cluster.Object   // nil if DNS does not see it, and for Endpoints
	slices []cluster.Object // of Endpoints: as mirrored
}

// readContents reads YAML or JSON. Errors are *lineError.
func readContents(data []byte, o Options, t *trimmer) (*contents, error) {
	c := &contents{ignored: map[string]int{}}
	r := reader{contents: c, pods: o.Pods, trimmer: t}
	if err := documents(data, func(n *yaml.Node) error { return r.read(n, "", "") }); err != nil {
		return nil, err
	}
	return c, nil
}

type reader struct {
	*contents
	pods    bool
	trimmer *trimmer
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
	}
	return nil
}

// add decodes and trims an object of a kind that DNS depends on.
func (r *reader) add(n *yaml.Node, kind string, object metav1.Object) error {
	if kind == "Pod" && !r.pods {
		// Its namespace is all that there is to know.
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
	switch o := object.(type) {
	case *corev1.Endpoints:
		for _, s := range mirror(o) {
			if s := r.trimmer.trim(s); s != nil {
				f.slices = append(f.slices, s)
			}
		}
	case *discoveryv1.EndpointSlice:
		defaultPorts(o)
		f.object = r.trimmer.trim(o)
	default:
		f.object = r.trimmer.trim(o)
	}
	if f.object == nil && (kind == "Namespace" || kind == "Service") {
		r.unnamed = append(r.unnamed, &lineError{n.Line, fmt.Errorf("%s: not a DNS label, has no name in DNS", f.identity)})
	}
	r.found = append(r.found, f)
	return nil
}

// defaultPorts fills in what an API server would.
func defaultPorts(s *discoveryv1.EndpointSlice) {
	for i := range s.Ports {
		p := &s.Ports[i]
		if p.Protocol == nil {
			tcp := corev1.ProtocolTCP
			p.Protocol = &tcp
		}
		if p.Name == nil {
			p.Name = new(string)
		}
	}
}
