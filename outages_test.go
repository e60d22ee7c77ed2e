package kubenames

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The page about outages shows log lines as they are logged.
func TestOutagesLogLines(t *testing.T) {
	texts := logTexts(t)
	lines := 0
	for _, block := range regexp.MustCompile(`(?s)~~~ log\n(.*?)~~~`).FindAllStringSubmatch(readFile(t, "docs/outages.md"), -1) {
		for line := range strings.Lines(block[1]) {
			line, lines = strings.TrimSuffix(line, "\n"), lines+1
			text, ok := strings.CutPrefix(line, "[WARNING] plugin/kubenames: ")
			if !ok {
				text, ok = strings.CutPrefix(line, "[INFO] plugin/kubenames: ")
			}
			if !ok || !said(text, texts) {
				t.Errorf("docs/outages.md: nobody logs %s", line)
			}
		}
	}
	if lines < 15 {
		t.Errorf("found only %d lines", lines)
	}
}

// request is the head of a line about a request, which others' errors follow.
var request = regexp.MustCompile(`^(?:list|watch|audit) [a-z]+: dial tcp `)

// said reports whether one of the texts is the line, or, of one about a request, its reason.
func said(line string, texts []*regexp.Regexp) bool {
	if request.MatchString(line) {
		return true
	}
	for _, r := range texts {
		if r.MatchString(line) {
			return true
		}
	}
	return false
}

// shortest is how much of a text must be its own to tell it from others.
const shortest = 9

// verb is one of a format.
var verb = regexp.MustCompile(`%[a-z]`)

// logTexts is what the texts in the code match that are long enough to be of a log line.
func logTexts(t *testing.T) (all []*regexp.Regexp) {
	for _, folder := range []string{".", "plugin/kube", "plugin/snapshot"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				l, ok := n.(*ast.BasicLit)
				if !ok || l.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(l.Value)
				if err == nil && len(verb.ReplaceAllString(text, "")) >= shortest {
					all = append(all, regexp.MustCompile(verb.ReplaceAllString(regexp.QuoteMeta(text), ".+")))
				}
				return true
			})
		}
	}
	return all
}
