package kube

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"path/filepath"
)

func TestZZMem(t *testing.T) {
	if f := os.Getenv("ZZ"); f != "" {
		at := time.Now()
		_, err := NewManifests([]string{f}, Options{Pods: true})
		s := fmt.Sprint(err)
		fmt.Println("result", time.Since(at), s[:min(len(s), 200)])
		return
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", 32<<20),
		"empty lists": "[" + strings.Repeat("[],", 10<<20) + "]",
		"commas": "[" + strings.Repeat("a,", 15<<20) + "]",
		"dashes": strings.Repeat("- ", 16<<20),
		"dash lines": strings.Repeat("-\n", 16<<20),
		"maps": strings.Repeat("a: 1\n", 6<<20),
		"docs": strings.Repeat("---\n", 8<<20),
		"qm": strings.Repeat("? ", 16<<20),
		"anchors": "[" + strings.Repeat("&a a,", 6<<20) + "]",
		"alias": "[&a a" + strings.Repeat(",*a", 8<<20) + "]",
		"service ports": "{kind: Service, apiVersion: v1, metadata: {name: a}, spec: {ports: [" + strings.Repeat("{},", 10<<20) + "]}}",
		"labels": "{kind: Service, apiVersion: v1, metadata: {name: a, labels: {" + strings.Repeat("a: a,", 5<<20) + "}}}",
		"big string": "{kind: Service, apiVersion: v1, metadata: {name: a, labels: {a: " + strings.Repeat("x", 31<<20) + "}}}",
		"json": `{"kind":"List","items":[` + strings.Repeat(`{},`, 10<<20) + `{}]}`,
	} {
		f := filepath.Join(dir, "m.yaml")
		os.WriteFile(f, []byte(text), 0o644)
		cmd := exec.Command(os.Args[0], "-test.run", "TestZZMem", "-test.v")
		cmd.Env = append(os.Environ(), "ZZ="+f)
		at := time.Now()
		out, err := cmd.CombinedOutput()
		r := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		res := string(out)
		if i := strings.Index(res, "result"); i >= 0 { res = res[i:] }
		fmt.Printf("%s: %v rss %d MiB cpu %v err %v: %.200s\n", name, time.Since(at), r.Maxrss>>10, cmd.ProcessState.UserTime(), err, strings.ReplaceAll(res, "\n", " "))
	}
}
