package kube

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// TestIdentity: another cluster, or another part of it, is another identity; the same by other means is not.
func TestIdentity(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.crt")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(ca, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	of := func(edit func(*rest.Config, *Options)) [sha256.Size]byte {
		t.Helper()
		c, o := &rest.Config{Host: "https://10.96.0.1:443", TLSClientConfig: rest.TLSClientConfig{CAFile: ca}}, Options{}
		edit(c, &o)
		id, err := Identity(c, o)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	write("one")
	first := of(func(*rest.Config, *Options) {})
	for name, edit := range map[string]func(*rest.Config, *Options){
		"a token":        func(c *rest.Config, _ *Options) { c.BearerToken = "secret" },
		"a rate":         func(_ *rest.Config, o *Options) { o.Limits.QPS = 7 },
		"who listens":    func(_ *rest.Config, o *Options) { o.Report = func(error) {} },
		"who waits":      func(_ *rest.Config, o *Options) { o.Waited = func(string, string, time.Duration) {} },
		"inline CA":      func(c *rest.Config, _ *Options) { c.CAFile, c.CAData = "", []byte("one") },
		"nothing at all": func(*rest.Config, *Options) {},
	} {
		if of(edit) != first {
			t.Errorf("%s: got another identity, want the same", name)
		}
	}
	for name, edit := range map[string]func(*rest.Config, *Options){
		"a server":   func(c *rest.Config, _ *Options) { c.Host = "https://10.96.0.2:443" },
		"pods":       func(_ *rest.Config, o *Options) { o.Pods = true },
		"a selector": func(_ *rest.Config, o *Options) { o.Labels = "a=b" },
		"a CA":       func(*rest.Config, *Options) { write("two") },
	} {
		if of(edit) == first {
			t.Errorf("%s: got the same identity, want another", name)
		}
	}
	if _, err := Identity(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAFile: ca + ".none"}}, Options{}); err == nil {
		t.Error("no file: no error")
	}
}
