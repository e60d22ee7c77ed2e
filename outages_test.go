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
	texts := codeTexts(t)
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

var (
	// asked is a line about requests, made of parts: one of them is a text of ours, or the machine's.
	asked = regexp.MustCompile(`^(?:list|watch|audit) [a-z]+: `)
	// others is what ends a line and is not a text of ours: of the machine, a number, or a path.
	others = regexp.MustCompile(`^(?:dial tcp |open /|write /|/|runtime error: |\d)`)
	// verb is one of a format.
	verb = regexp.MustCompile(`%[a-z]`)
)

// The least of a text that must be its own to tell it from others: of a whole line, and of a part of one.
const leastOfLine, leastOfPart = 5, 15

// said reports whether the line is one of the texts, and so is its end, if that is what the text leaves open.
func said(line string, texts []string) bool {
	for _, text := range texts {
		own, pattern := len(verb.ReplaceAllString(text, "")), verb.ReplaceAllString(regexp.QuoteMeta(text), "(.+?)")
		if asked.MatchString(line) {
			if _, rest, _ := strings.Cut(line, ": "); others.MatchString(rest) || own >= leastOfPart && regexp.MustCompile(pattern).MatchString(line) {
				return true
			}
			continue
		}
		if own < leastOfLine {
			continue
		}
		switch parts := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(line); {
		case parts == nil:
		case !strings.HasSuffix(pattern, "(.+?)"), others.MatchString(parts[len(parts)-1]), said(parts[len(parts)-1], texts):
			return true
		}
	}
	return false
}

// codeTexts is the texts in the code of those who log and who report.
func codeTexts(t *testing.T) (all []string) {
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
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if text, err := strconv.Unquote(l.Value); err == nil {
						all = append(all, text)
					}
				}
				return true
			})
		}
	}
	return all
}
