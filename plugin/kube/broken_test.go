package kube

import (
	"errors"

	"testing"
)

func TestBrokenLine(t *testing.T) {
	const before = "kind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - name: http\n    port: 80\n" // 7 lines
	for _, test := range []struct {
		name, data string
		want       int
	}{
		{"a bracket that is not closed", before + "  - [broken\n  clusterIP: None\n", 8},
		{"too deep", before + "      protocol: TCP\n", 8},
		{"a tab", before + "\tprotocol: TCP\n", 8},
		{"a quotation that does not end", before + "  clusterIP: \"None\nmore: 1\n", 8},
		{"a brace at the end", before + before + "}{\n", 15},
		{"in the second document", before + "---\n" + before + "  - {a: b\n---\n" + before, 16},
		{"one line", "{", 1},
	} {
		_, err := readContents([]byte(test.data), Options{}, newTrimmer(Options{}))
		broken, ok := errors.AsType[*lineError](err)
		if !ok || broken.line != test.want {
			t.Errorf("%s: got %v, want line %d in\n%s", test.name, err, test.want, test.data)
		}
	}
}
