package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/e2e/node"
)

// TestParity changes one word of kubeadm's Corefile, as README.md says, and has test/parity ask both servers about a
// cluster with a StatefulSet and a Deployment.
func TestParity(t *testing.T) {
	text, err := os.ReadFile("testdata/Corefile.pair")
	if err != nil {
		t.Fatal(err)
	}
	var addresses, files []string
	for i, directive := range []string{"kubernetes", "kubenames"} {
		port := []string{"2153", "3153"}[i]
		corefile := strings.ReplaceAll(strings.ReplaceAll(string(text), "PORT", port), "    kubernetes ", "    "+directive+" ")
		address := node.Address + ":" + port
		stop, err := kube.StartDNS(context.Background(), "coredns-"+directive, corefile, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		file := filepath.Join(t.TempDir(), "Corefile")
		if err := os.WriteFile(file, []byte(corefile), 0o600); err != nil {
			t.Fatal(err)
		}
		addresses, files = append(addresses, address), append(files, file)
	}
	s := begin(t, "parity", addresses[1])
	s.apply("statefulset.yaml")
	s.apply("scenario.yaml")
	s.follows("web", "http", 80, notice, count(2))
	s.kubectl("create", "service", "externalname", "elsewhere", "--external-name=web.parity.svc.cluster.local")
	s.kubectl("create", "service", "clusterip", "empty", "--tcp=80")

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(os.Getenv(resolvers), "parity"), "-a", addresses[0], "-b", addresses[1],
		"-kubeconfig", kube.Kubeconfig(), "-corefile", files[0], "-questions", "20000", "-rate", "2000").CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), " 0 unexplained") {
		t.Errorf("parity: %v", err)
	}
}
