package kube

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What stands in one place of a file may be meant in others.
func TestAliases(t *testing.T) {
	r := load(t, Options{}, `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec: &spec
    clusterIP: 10.96.0.1
    ports: &ports [{name: http, port: 80}]
- {apiVersion: v1, kind: Service, metadata: {name: db}, spec: *spec}
- {apiVersion: v1, kind: Service, metadata: {name: api}, spec: {<<: *spec, clusterIP: 10.96.0.2}}
- {apiVersion: v1, kind: Service, metadata: {name: job}, spec: {clusterIP: 10.96.0.3, ports: *ports}}
`)
	if !r.has("services default/web", "services default/db", "services default/api", "services default/job") {
		t.Errorf("got %s", r)
	}
}

// annotated is a manifest with annotations.
func annotated(lines string) string {
	return "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n" + lines
}

// laughs is aliases of aliases: each level has so many of the one before.
func laughs(levels, each int) string {
	text := "    a0: &a0 [lol]\n"
	for i := 1; i < levels; i++ {
		text += fmt.Sprintf("    a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), each), ","))
	}
	return annotated(text)
}

// longText is how long texts are that are served: an eighth of the longest, which take eight times as much.
const longText = longestFile / 8

// A small file is refused before it is large, whichever way it would grow, and says why; a large one takes what it weighs, up to
// the longest.
func TestBombs(t *testing.T) {
	mebibyte := "    a: &a " + strings.Repeat("x", 1<<20) + "\n"
	for _, b := range []struct {
		name, text, want string // "": it is served
		most             int    // MiB that it takes
	}{
		{"a billion laughs", laughs(10, 10), "13: more than 16777216 values, aliases written out", 2},
		{"millions of them", laughs(7, 10), "document contains excessive aliasing", 8},
		{"a million in hundreds", laughs(4, 100), "document contains excessive aliasing", 8},
		{"many aliases of a list", laughs(2, 100_000), "metadata.annotations: want a string, have array", 70},
		{"many aliases of a long text", annotated(mebibyte + strings.Repeat("    ? *a\n", 70)), "longer than 64 MiB, aliases written out", 8},
		{"a thousand more", annotated(mebibyte + "    b: [" + strings.Repeat("*a,", 100_000) + "]\n"), "longer than 64 MiB, aliases written out", 64},
		{"aliases of them", annotated(mebibyte + "    b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n    c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n    d: [*c,*c]\n"), "longer than 64 MiB, aliases written out", 8},
		{"merges", annotated("    a: &a {x: y}\n    <<: [" + strings.Repeat("*a,", 100_000) + "]\n"), "metadata.annotations: want a string, have object", 64},
		{"maps in maps", annotated("    a: " + strings.Repeat("{a: ", 300_000)), "exceeded max depth", 16},
		{"lists in lists", annotated("    a: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000)), "nested deeper than 200", 16},
		{"blocks in blocks", annotated("    a:\n     " + strings.Repeat("- ", 9000) + "x\n"), "nested deeper than 200", 16},
		{"a long text", annotated("    a: " + strings.Repeat("x", longText) + "\n"), "", 75},
		{"a long text of escapes", annotated(`    a: "` + strings.Repeat(`\n`, longText/2) + "\"\n"), "", 75},
	} {
		t.Run(b.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := processorTime()
			_, err := readContents([]byte(b.text), Options{}, newTrimmer(Options{}))
			took := processorTime() - begun
			runtime.ReadMemStats(&after)
			if b.want == "" && err != nil || b.want != "" && (err == nil || !strings.Contains(err.Error(), b.want)) {
				t.Errorf("got %v, want %q", err, b.want)
			}
			if got := int(after.TotalAlloc-before.TotalAlloc) >> 20; got > b.most || took > notForLong {
				t.Errorf("took %d MiB and %v, want at most %d and %v", got, took, b.most, notForLong)
			} else {
				t.Logf("took %d MiB and %v", got, took)
			}
		})
	}
	longest := &yaml.Node{Kind: yaml.ScalarNode, Value: strings.Repeat("x", longestFile)}
	if _, err := expands(longest, measure{nodes: largestExpand, bytes: longestExpand}); err != nil {
		t.Errorf("the longest text: %v", err)
	}
}
