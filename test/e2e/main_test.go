// Package e2e tells stories on a real control plane and asks DNS what it makes of them.
//
//	TestMain ── builds ──▶ node.Enter ──▶ the same program on a node of its own: cluster, player, witness, CoreDNS,
//	                                      then the stories
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kubenames/kubenames/test/e2e/cluster"
	"github.com/kubenames/kubenames/test/e2e/node"
	"github.com/kubenames/kubenames/test/e2e/player"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// What every story has. TestMain makes them.
var (
	kube    *cluster.Cluster
	kubelet *player.Player
	eye     *witness.Witness
)

// The builder tells the stories, by the environment, where the programs are.
const (
	controlplane = "E2E_CONTROLPLANE"
	resolvers    = "E2E_RESOLVERS"
)

func TestMain(m *testing.M) {
	code, err := 1, error(nil)
	switch {
	case node.IsPod():
		code, err = 0, node.Serve()
	case node.Inside():
		code, err = tell(m)
	default:
		code, err = build()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// build makes the programs, and hands over to a node.
func build() (code int, err error) {
	if os.Geteuid() != 0 {
		return 0, errors.New("want root: the stories need network namespaces")
	}
	dir, err := os.MkdirTemp("", "kubenames-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() {
		if code == 0 && err == nil {
			os.RemoveAll(dir)
			return
		}
		logs, _ := filepath.Glob(filepath.Join(dir, "coredns*.log"))
		for _, log := range logs {
			said, _ := os.ReadFile(log)
			fmt.Fprintf(os.Stderr, "%s:\n%s", filepath.Base(log), said)
		}
		fmt.Fprintln(os.Stderr, "e2e: what every part said is kept in", dir)
	}()
	parts, err := cluster.Build("controlplane")
	if err != nil {
		return 0, err
	}
	server, err := cluster.CoreDNS(dir)
	if err != nil {
		return 0, err
	}
	if err := cluster.Compile("../parity", filepath.Join(dir, "parity"), "."); err != nil {
		return 0, err
	}
	for name, compiler := range map[string][]string{"glibc": {"gcc"}, "musl": {"musl-gcc", "-static"}} {
		words := append(compiler, "-o", filepath.Join(dir, name), "testdata/resolve.c")
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s: %w: %s", words[0], err, out)
		}
	}
	return node.Enter(context.Background(), controlplane+"="+parts, resolvers+"="+dir, cluster.Program+"="+server)
}

// tell starts the cluster and runs the stories.
func tell(m *testing.M) (code int, err error) {
	if err := node.Setup(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	kube, err = cluster.Start(ctx, os.Getenv(resolvers), os.Getenv(controlplane), os.Getenv(cluster.Program))
	if err != nil {
		return 0, err
	}
	defer kube.Stop()
	if err := kube.Authorize(ctx, "../../deploy"); err != nil {
		return 0, err
	}
	kubelet = player.New(kube.Client, cluster.Node, cluster.DNS, func(err error) { fmt.Fprintln(os.Stderr, err) })
	go kubelet.Run(ctx)
	eye = witness.New(ctx, kube.Client)

	corefile, err := readCorefile("Corefile")
	if err != nil {
		return 0, err
	}
	stop, err := kube.StartDNS(ctx, "coredns", corefile, server)
	if err != nil {
		return 0, err
	}
	defer stop()
	return m.Run(), nil
}
