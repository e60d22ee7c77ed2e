package kubenames

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is what our own import paths start with.
const module = "github.com/kubenames/kubenames"

// floors says for each package what of ours it may import, and which families of libraries. A package imports downwards
// only; ARCHITECTURE.md draws it.
var floors = map[string]struct{ ours, libraries []string }{
	"plugin/cluster":  {},
	"plugin/answer":   {libraries: []string{"github.com/miekg/dns"}},
	"plugin/kube":     {ours: []string{"plugin/cluster"}, libraries: []string{"k8s.io/", "sigs.k8s.io/", "go.yaml.in/", "github.com/fsnotify/"}},
	"plugin/zone":     {ours: []string{"plugin/cluster", "plugin/answer"}, libraries: []string{"github.com/miekg/dns"}},
	"plugin/snapshot": {ours: []string{"plugin/cluster"}},
	"plugin/keeper":   {ours: []string{"plugin/cluster", "plugin/zone"}},
	"plugin/express":  {libraries: []string{"github.com/miekg/dns", "golang.org/x/net/bpf", "golang.org/x/sys/unix"}},
	".": {ours: []string{"plugin/"}, libraries: []string{
		"github.com/coredns/", "github.com/miekg/dns", "github.com/prometheus/", "google.golang.org/protobuf/proto", "github.com/go-logr/logr", "k8s.io/klog/"}},
	"cmd/coredns": {ours: []string{""}, libraries: []string{"github.com/coredns/"}},
}

func TestFloors(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != "." || file == "test" || file == "build"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		dir := path.Dir(filepath.ToSlash(file))
		seen[dir] = true
		floor, ok := floors[dir]
		if !ok {
			t.Errorf("%s: package %s has no floor", file, dir)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if !allowed(imported, floor.ours, floor.libraries) {
				t.Errorf("%s imports %s, which is not below it", file, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range floors {
		if !seen[dir] {
			t.Errorf("%s: there is a floor and no package", dir)
		}
	}
}

func allowed(imported string, ours, libraries []string) bool {
	if rel, ok := strings.CutPrefix(imported, module); ok {
		rel = strings.TrimPrefix(rel, "/")
		for _, o := range ours {
			if rel == o || strings.HasSuffix(o, "/") && strings.HasPrefix(rel, o) {
				return true
			}
		}
		return false
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	for _, l := range libraries {
		if strings.HasPrefix(imported, l) {
			return true
		}
	}
	return false
}
