package kube

import (
	"strings"
	"testing"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: one
clusters:
- {name: c, cluster: {server: "https://one.example:6443"}}
- {name: d, cluster: {server: "https://two.example:6443", certificate-authority: none.pem}}
contexts:
- {name: one, context: {cluster: c, user: u}}
- {name: two, context: {cluster: d, user: u}}
- {name: nowhere, context: {cluster: gone, user: u}}
users:
- {name: u, user: {token: t}}
`

func TestConnection(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	folder := t.TempDir()
	file := put(t, folder, "kubeconfig", kubeconfig)
	noContext := put(t, folder, "bare", strings.ReplaceAll(kubeconfig, "current-context: one", ""))
	broken := put(t, folder, "broken", "apiVersion: [\n")
	for _, c := range []struct {
		name, host, err string
		c               Connection
	}{
		{name: "endpoint", c: Connection{Endpoint: "https://10.0.0.1:6443"}, host: "https://10.0.0.1:6443"},
		{name: "kubeconfig", c: Connection{Kubeconfig: file}, host: "https://one.example:6443"},
		{name: "kubeconfig wins", c: Connection{Kubeconfig: file, Endpoint: "http://x", CA: "/none"}, host: "https://one.example:6443"},
		{name: "context", c: Connection{Kubeconfig: noContext, Context: "one"}, host: "https://one.example:6443"},
		{name: "not in a pod", err: "no API server: not in a pod of a cluster, and neither endpoint nor kubeconfig is given"},
		{name: "no file", c: Connection{Kubeconfig: folder + "/none"}, err: "kubeconfig " + folder + "/none: "},
		{name: "broken", c: Connection{Kubeconfig: broken}, err: "kubeconfig " + broken + ": "},
		{name: "no context", c: Connection{Kubeconfig: noContext}, err: "none is current and none is named"},
		{name: "wrong context", c: Connection{Kubeconfig: file, Context: "three"}, err: `no context "three"`},
		{name: "wrong cluster", c: Connection{Kubeconfig: file, Context: "nowhere"}, err: `context "nowhere": `},
		{name: "no CA in kubeconfig", c: Connection{Kubeconfig: file, Context: "two"}, err: folder + "/none.pem"},
		{name: "no CA", c: Connection{Endpoint: "https://x", CA: folder + "/ca.pem"}, err: folder + "/ca.pem"},
		{name: "certificate without key", c: Connection{Endpoint: "https://x", Cert: file}, err: "tls " + file},
		{name: "endpoint", c: Connection{Endpoint: "https://%"}, err: `endpoint "https://%": want the URL`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.c.Config()
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want %q in it", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Host != c.host {
				t.Errorf("got host %q, want %q", got.Host, c.host)
			}
			if got.ContentType != "application/vnd.kubernetes.protobuf" || !strings.HasSuffix(got.AcceptContentTypes, ",application/json") {
				t.Errorf("got content types %q, %q", got.ContentType, got.AcceptContentTypes)
			}
			if !strings.HasPrefix(got.UserAgent, "CoreDNS/") {
				t.Errorf("got user agent %q", got.UserAgent)
			}
		})
	}
	got, err := Connection{Endpoint: "https://x", Agent: "a"}.Config()
	if err != nil || got.UserAgent != "a" {
		t.Errorf("got %v, %v", got, err)
	}
}
