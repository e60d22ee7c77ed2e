package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSource does what README.md and plugin.cfg tell those who build CoreDNS
// from its own source, with this checkout in the place of a release.
func TestSource(t *testing.T) {
	const module = "github.com/kubenames/kubenames"
	// As make build: static, and most of it is in the build cache already.
	t.Setenv("CGO_ENABLED", "0")
	t.Setenv("GOFLAGS", "-trimpath -buildvcs=false")
	t.Setenv("GOWORK", "off")

	repository := checkout(t)
	run(t, repository, "go", "mod", "download", "github.com/coredns/coredns")
	released := strings.TrimSpace(run(t, repository, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/coredns/coredns"))
	source := filepath.Join(t.TempDir(), "coredns")
	if err := os.CopyFS(source, os.DirFS(released)); err != nil {
		t.Fatal(err)
	}

	addLine(t, filepath.Join(source, "plugin.cfg"), ourLine(t, filepath.Join(repository, "plugin.cfg")))
	run(t, source, "go", "mod", "edit", "-replace", module+"="+repository)
	run(t, source, "go", "get", module+"@v0.0.0")
	run(t, source, "go", "generate")
	run(t, source, "go", "build")

	binary := filepath.Join(source, "coredns")
	if got := strings.Fields(run(t, source, binary, "-plugins")); !slices.Contains(got, "kubenames") || !slices.Contains(got, "kubernetes") {
		t.Fatalf("-plugins printed %q, want kubenames and kubernetes among them", got)
	}
	order, err := os.ReadFile(filepath.Join(source, "core/dnsserver/zdirectives.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\t\"k8s_external\",\n\t\"kubenames\",\n\t\"kubernetes\",\n"; !strings.Contains(string(order), want) {
		t.Errorf("the generated order is\n%s\nwant in it\n%s", order, want)
	}

	address := freeAddress(t)
	start(t, exec.Command(binary, "-conf", corefile(t, t.TempDir(), address, freeAddress(t), filepath.Join(repository, "examples"))))
	eventually(t, func() error { return ask(address) })
}

// ourLine returns the one line of our plugin.cfg that is not a comment.
func ourLine(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
	if len(lines) != 1 {
		t.Fatalf("%s has the lines %q, want one", file, lines)
	}
	return lines[0]
}

// addLine puts the line into CoreDNS's plugin.cfg, just before kubernetes.
func addLine(t *testing.T, file, line string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	at := slices.Index(lines, "kubernetes:kubernetes")
	if at < 0 {
		t.Fatalf("%s has no kubernetes:kubernetes", file)
	}
	lines = slices.Insert(lines, at, line)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
