package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	kubejson "sigs.k8s.io/json"
)

// Limits of what a file may hold, so that no file takes the process down; 30,000 Services fit. A value takes some 200 bytes
// while the file is read, and each has a mark at least: what is nothing but punctuation would take gigabytes.
const (
	longestFile   = 32 << 20
	mostMarks     = 3 << 20  // that begin, end or part values
	deepestNode   = 200      // objects for DNS are ten deep
	largestExpand = 16 << 20 // values of a file with its aliases written out
	longestExpand = 64 << 20 // bytes of them; without aliases there are hardly more than the file has
)

// lineError is an error at a line of a file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("%d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

func atLine(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Errorf(format, args...)}
}

// documents calls each with the documents of a stream of YAML or JSON. Errors are *lineError.
func documents(data []byte, each func(*yaml.Node) error) error {
	if marks(data) > mostMarks {
		return &lineError{1, fmt.Errorf("more than %d values: want several files", mostMarks)}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(plainJSON(data)))
	last, left := 1, measure{nodes: largestExpand, bytes: longestExpand}
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			broken := yamlError(err, last)
			broken.line = brokenLine(data, broken.line)
			return broken
		}
		last = document.Line
		if len(document.Content) != 1 || document.Content[0].ShortTag() == "!!null" {
			continue // nothing between two separators
		}
		root := document.Content[0]
		n, err := expands(root, left)
		if err != nil {
			return err
		}
		left.nodes, left.bytes = left.nodes-n.nodes, left.bytes-n.bytes
		if err := each(root); err != nil {
			return err
		}
	}
}

// marks counts what may begin, end or part a value of YAML or JSON, until they are too many. A dash does in front of a space only.
func marks(data []byte) (n int) {
	for i, c := range data {
		if n > mostMarks {
			break
		}
		switch c {
		case '\n', ',', ':', '[', '{', '?':
			n++
		case '-':
			if i+1 == len(data) || data[i+1] == ' ' || data[i+1] == '\t' || data[i+1] == '\r' {
				n++
			}
		}
	}
	return n
}

var jsonEscape = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\.`)

// plainJSON writes out the two escapes of JSON that YAML does not have: of a slash, and of a character in two
// halves. Lines stay where they are. What is not JSON stays as it is.
func plainJSON(data []byte) []byte {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) || !json.Valid(data) {
		return data
	}
	return jsonEscape.ReplaceAllFunc(data, func(escape []byte) []byte {
		switch {
		case string(escape) == `\/`:
			return []byte("/")
		case len(escape) == len(`\ud83d\ude00`):
			var s string
			if json.Unmarshal([]byte(`"`+string(escape)+`"`), &s) == nil {
				return []byte(s)
			}
		}
		return escape
	})
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// yamlError takes the line out of an error of the library; one without is at the line given.
func yamlError(err error, line int) *lineError {
	text := err.Error()
	if many, ok := errors.AsType[*yaml.TypeError](err); ok && len(many.Errors) > 0 {
		text = many.Errors[0]
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	return &lineError{line, errors.New(strings.TrimPrefix(text, "yaml: "))}
}

// measure is how large a value is with its aliases written out.
type measure struct{ nodes, bytes, depth int }

// expands measures a document, and refuses one that is too deep or has more than most: who decodes it would recurse or
// allocate that much.
func expands(root *yaml.Node, most measure) (measure, error) {
	known := map[*yaml.Node]measure{} // of anchors; an anchor stands before its aliases
	var walk func(n *yaml.Node, above int) (measure, error)
	walk = func(n *yaml.Node, above int) (m measure, err error) {
		if n.Kind == yaml.AliasNode {
			m, ok := known[n.Alias]
			if !ok {
				return m, atLine(n, "alias %q is inside of what it stands for", n.Value)
			}
			return m, nil
		}
		m.nodes, m.bytes = 1, len(n.Value)
		for _, child := range n.Content {
			if above >= deepestNode {
				return m, atLine(child, "nested deeper than %d", deepestNode)
			}
			c, err := walk(child, above+1)
			if err != nil {
				return m, err
			}
			m.nodes, m.bytes, m.depth = m.nodes+c.nodes, m.bytes+c.bytes, max(m.depth, c.depth+1)
			switch {
			case above+m.depth > deepestNode:
				return m, atLine(child, "nested deeper than %d", deepestNode)
			case m.nodes > most.nodes:
				return m, atLine(child, "more than %d values, aliases written out", largestExpand)
			case m.bytes > most.bytes:
				return m, atLine(child, "longer than %d MiB, aliases written out", longestExpand>>20)
			}
		}
		if n.Anchor != "" {
			known[n] = m
		}
		return m, nil
	}
	return walk(root, 0)
}

// decode fills into from the node, as the API would. Unknown fields are allowed. Errors are *lineError, and
// name the field.
func decode(n *yaml.Node, into any) error {
	var value any
	if err := n.Decode(&value); err != nil {
		return yamlError(err, n.Line)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return atLine(n, "not an object of the API: keys are strings, numbers are finite: %w", err)
	}
	err = kubejson.UnmarshalCaseSensitivePreserveInts(text, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at := locate(n, wrong)
		return atLine(at, "%s: want %s, have %s", wrong.Field, typeName(wrong.Type), wrong.Value)
	}
	if err != nil {
		return atLine(n, "%w", err)
	}
	return nil
}

// field is the value of a field of an object, or nil.
func field(n *yaml.Node, name string) *yaml.Node {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return target(n.Content[i+1])
		}
	}
	return nil
}

// text is the field as a string, or "".
func text(n *yaml.Node, names ...string) string {
	for _, name := range names {
		if n = field(n, name); n == nil {
			return ""
		}
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// target is the node, or what it is an alias of.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
