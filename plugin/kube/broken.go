package kube

import (
	"bytes"
	"errors"
	"io"
	"sort"

	"go.yaml.in/yaml/v3"
)

// longestSearched is up to which length of a broken file the line is searched for: the search reads it several times.
const longestSearched = 1 << 18

// brokenLine is the line at which a file that does not parse ceases to, at least the given one: the library tells
// where the collection starts that it was reading, which may be the first line of the file.
func brokenLine(data []byte, told int) int {
	if len(data) > longestSearched {
		return told
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	ends, end := make([]int, len(lines)), 0
	for i, l := range lines {
		end += len(l)
		ends[i] = end
	}
	// What is broken stays broken, however much follows.
	n := sort.Search(len(lines), func(i int) bool { return !parses(data[:ends[i]]) })
	return max(told, min(n+1, len(lines)))
}

// parses reports whether the data is a stream of YAML documents.
func parses(data []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
