package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// TestTwo asks two servers that run: of the same cluster, and then with ours of another.
func TestTwo(t *testing.T) {
	var apis [2]*api.Server
	for i := range apis {
		apis[i] = api.NewServer(nil)
		defer apis[i].Close()
		w := world.New(7, nil)
		w.Fill(apis[i])
		for _, o := range w.All("services")[:5*i] {
			apis[i].Remove("services", o.GetNamespace(), o.GetName())
		}
	}
	corefile := filepath.Join(t.TempDir(), "Corefile")
	upstream, err := server.Upstream()
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Stop()
	config := server.Config{
		Zones: []string{"cluster.local", "in-addr.arpa", "ip6.arpa"}, Pods: "insecure", Falls: true, Fallthrough: []string{"in-addr.arpa", "ip6.arpa"},
		TTL: 30, Bind: "127.0.0.1", Kubeadm: true, Upstream: upstream.UDP,
	}
	text := config.Corefile("kubernetes", "")
	if err := os.WriteFile(corefile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &two{kubeconfig: kubeconfig(t, apis[0].URL("")), corefile: corefile, rate: 1e6, questions: 3000, seed: 1}
	start := func(plugin, url string) string {
		port := freePort(t)
		s, err := server.Start(strings.Replace(config.Corefile(plugin, url), ".:0 {", ".:"+port+" {", 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		return "127.0.0.1:" + port
	}
	f.theirs, f.ours = start("kubernetes", apis[0].URL("")), start("kubenames", apis[0].URL(""))
	report, err := f.compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range report.Faults {
		t.Error(fault)
	}
	if report.Questions != 3000 || report.Equal < 1500 {
		t.Errorf("got %d questions and %d equal answers, want 3000, and more than 1500", report.Questions, report.Equal)
	}
	f.ours, f.questions = start("kubenames", apis[1].URL("")), 500
	if report, err = f.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report.Unexplained == 0 {
		t.Errorf("two clusters, and no difference: %s", report)
	}
}

// freePort is a port that nobody has, for UDP and TCP.
func freePort(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if c, err := net.ListenPacket("udp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return port
		}
	}
}

func kubeconfig(t *testing.T, url string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: x, clusters: [{name: x, cluster: {server: %q}}], contexts: [{name: x, context: {cluster: x, user: x}}], users: [{name: x, user: {}}]}`, url)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
