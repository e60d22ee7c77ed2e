package kube

import (
	"encoding/json"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// locate finds the node that has the wrong type. The error names the fields on the way to it, but not which
// element of a list; it is the first on that way whose type is the one that the error complains of. The
// object itself is the answer if there is none.
func locate(object *yaml.Node, wrong *json.UnmarshalTypeError) *yaml.Node {
	have, _, _ := strings.Cut(wrong.Value, " ")
	candidates := []*yaml.Node{object}
	for name := range strings.SplitSeq(wrong.Field, ".") {
		var next []*yaml.Node
		for _, c := range candidates {
			for _, e := range elements(c) {
				if f := field(e, name); f != nil {
					next = append(next, f)
				}
			}
		}
		if len(next) == 0 {
			break
		}
		candidates = next
	}
	for _, c := range candidates {
		if found := first(c, have, 2); found != nil {
			return found
		}
	}
	return candidates[0]
}

// elements are those of a list; of anything else, itself.
func elements(n *yaml.Node) []*yaml.Node {
	if n = target(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// first is the first value of that JSON type in n, itself or as deep below as given; or nil.
func first(n *yaml.Node, json string, deep int) *yaml.Node {
	n = target(n)
	if jsonType(n) == json {
		return n
	}
	if deep == 0 {
		return nil
	}
	step, start := 1, 0
	if n.Kind == yaml.MappingNode {
		step, start = 2, 1 // values only
	}
	for i := start; i < len(n.Content); i += step {
		if found := first(n.Content[i], json, deep-1); found != nil {
			return found
		}
	}
	return nil
}

// jsonType is the type of the node in the words of encoding/json.
func jsonType(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "object"
	case yaml.SequenceNode:
		return "array"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "number"
	case "!!bool":
		return "bool"
	case "!!null":
		return "null"
	}
	return "string"
}

// typeName says what a Go type is in JSON.
func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a number (" + t.Kind().String() + ")"
}
