package kubenames

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
)

// corefiles is every Corefile that the documentation shows, by where it stands.
func corefiles(t *testing.T) map[string]string {
	all := map[string]string{"Corefile.example": readFile(t, "Corefile.example"), "deploy/Corefile": readFile(t, "deploy/Corefile")}
	commented := regexp.MustCompile(`(?ms)^# \.:53 \{$.*?^# \}$`).FindString(all["Corefile.example"])
	all["Corefile.example, the cluster part"] = regexp.MustCompile(`(?m)^# ?`).ReplaceAllString(commented, "")
	for i, block := range regexp.MustCompile(`(?s)~~~ corefile\n(.*?)~~~`).FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		all["README.md, Corefile "+string(rune('1'+i))] = block[1]
	}
	return all
}

// elsewhere makes a Corefile run beside whatever else runs on the machine, and ask nobody but this machine.
var elsewhere = strings.NewReplacer(
	":53 {", ":0 {", ":1053 {", ":0 {", ":1053 10.", ":0 10.",
	"/etc/resolv.conf", "127.0.0.1:1",
	"prometheus :9153", "prometheus 127.0.0.1:0",
	"health {", "health 127.0.0.1:0 {",
	"ready ", "ready 127.0.0.1:0 ", "ready\n", "ready 127.0.0.1:0\n",
	"loop\n", "\n", // would ask the forwarder, which is nobody
	"startup_timeout 30s", "startup_timeout 1ms", "lameduck 5s", "lameduck 1ms",
)

// A server starts for each Corefile of the documentation. Those that want a cluster get an API server that does not answer.
func TestDocumentedCorefiles(t *testing.T) {
	examples, err := filepath.Abs("examples")
	if err != nil {
		t.Fatal(err)
	}
	all := corefiles(t)
	if len(all) < 5 {
		t.Fatalf("found only %d Corefiles", len(all))
	}
	for where, corefile := range all {
		t.Run(where, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Symlink(examples, "examples"); err != nil {
				t.Fatal(err)
			}
			const kubeconfig = `{clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}], contexts: [{name: admin, context: {cluster: c}}]}`
			if err := os.WriteFile("east.kubeconfig", []byte(kubeconfig), 0o600); err != nil {
				t.Fatal(err)
			}
			corefile := elsewhere.Replace(corefile)
			if !strings.Contains(corefile, "manifests") && !strings.Contains(corefile, "kubeconfig") {
				corefile = strings.Replace(corefile, "pods ", "endpoint http://127.0.0.1:1\nstartup_timeout 1ms\npods ", 1)
			}
			if !strings.Contains(corefile, "bind ") {
				corefile = strings.Replace(corefile, "{\n", "{\nbind 127.0.0.1\n", 1)
			}
			s, err := startServer(corefile)
			if err != nil {
				t.Fatalf("%v\n%s", err, corefile)
			}
			if err := s.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The manual page shows every option, in its syntax and in a paragraph of its own, and every metric.
func TestManualIsComplete(t *testing.T) {
	readme := readFile(t, "README.md")
	for option := range options {
		if !strings.Contains(readme, "\n    "+option) {
			t.Errorf("README.md: the syntax lacks %s", option)
		}
		if !strings.Contains(readme, "\n* `"+option+"`") && !strings.Contains(readme, "\n* `"+option+" ") {
			t.Errorf("README.md: no paragraph about %s", option)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			code += readFile(t, f)
		}
	}
	for _, metric := range regexp.MustCompile(`Name: "([a-z_]+)"|(?:describe|ofLane)\("([a-z_]+)"`).FindAllStringSubmatch(code, -1) {
		if n := "coredns_kubenames_" + metric[1] + metric[2]; !strings.Contains(readme, "`"+n) {
			t.Errorf("README.md: no metric %s", n)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
