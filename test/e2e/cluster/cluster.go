// Package cluster is a control plane of real parts: etcd, kube-apiserver, kube-controller-manager and kube-proxy, started
// in this order on loopback, a kubectl beside them, and CoreDNS in front.
package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// furniture is what a cluster has before its users come.
//
//go:embed furniture.yaml
var furniture string

// proxy configures kube-proxy.
//
//go:embed proxy.yaml
var proxy []byte

// What furniture.yaml says: the name of the only node, and the address of the DNS Service.
const (
	Node = "node"
	DNS  = "10.96.0.10"
)

const (
	etcd = "127.0.0.1:2379"
	api  = "https://127.0.0.1:6443"

	// token is the administrator's. Only this node can reach the server that takes it.
	token = "administrator"
)

// Cluster is a running control plane. Any goroutine may use it.
type Cluster struct {
	Client kubernetes.Interface // the administrator's

	dir     string // keys, data and logs
	program string // every part but CoreDNS, see Build
	coredns string
	before  []string   // words in front of every part's command
	parts   []*process // in the order they were started
}

// Start returns once the API server is ready. It keeps its files in dir.
func Start(ctx context.Context, dir, program, coredns string) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	c := &Cluster{dir: dir, program: program, coredns: coredns}
	if err := c.up(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop ends every part, the last started first.
func (c *Cluster) Stop() {
	for len(c.parts) > 0 {
		last := len(c.parts) - 1
		c.parts[last].stop()
		c.parts = c.parts[:last]
	}
}

// Kubeconfig is a file for clients that may do everything.
func (c *Cluster) Kubeconfig() string { return c.file("admin.conf") }

// Kubectl runs kubectl as the administrator, and returns what it printed.
func (c *Cluster) Kubectl(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.program, append([]string{"kubectl", "--kubeconfig", c.file("admin.conf")}, args...)...)
	cmd.Stdin = stdin
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

func (c *Cluster) up(ctx context.Context) error {
	if err := c.serve(ctx); err != nil {
		return err
	}
	if err := c.start(ctx, "kube-controller-manager", c.managerFlags(), listens("127.0.0.1:10257")); err != nil {
		return err
	}
	if err := os.WriteFile(c.file("proxy.yaml"), proxy, 0o600); err != nil {
		return err
	}
	return c.start(ctx, "kube-proxy", []string{"--config", c.file("proxy.yaml")}, listens("127.0.0.1:10256"))
}

// serve starts what stores and serves objects, and makes the furniture.
func (c *Cluster) serve(ctx context.Context) error {
	if err := writeKeys(c.file("tls.crt"), c.file("tls.key")); err != nil {
		return err
	}
	line := []byte(token + ",admin,admin,system:masters\n")
	if err := os.WriteFile(c.file("tokens.csv"), line, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(c.file("audit.yaml"), policy, 0o600); err != nil {
		return err
	}
	if err := c.writeKubeconfig(c.file("admin.conf"), api, token); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.file("admin.conf"))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = -1, -1 // without limits of its own
	if c.Client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}

	if err := c.start(ctx, Etcd, c.etcdFlags(), listens(etcd)); err != nil {
		return err
	}
	if err := c.start(ctx, APIServer, c.serverFlags(), c.ready(ctx)); err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, strings.NewReader(furniture), "apply", "-f", "-")
	return err
}

// start runs a part of the control plane, and returns once it is up.
func (c *Cluster) start(ctx context.Context, part string, flags []string, up func() error) error {
	words := append(slices.Clone(c.before), append([]string{c.program, part}, flags...)...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = c.dir
	p, err := start(c.dir, part, cmd)
	if err != nil {
		return err
	}
	c.parts = append(c.parts, p)
	return p.await(ctx, up)
}

// ready asks the API server whether it serves, and has made the namespaces that every cluster has.
func (c *Cluster) ready(ctx context.Context) func() error {
	return func() error {
		if _, err := c.Client.CoreV1().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err != nil {
			return err
		}
		for _, name := range []string{"default", "kube-system"} {
			if _, err := c.Client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{}); err != nil {
				return err
			}
		}
		return nil
	}
}

func (c *Cluster) file(name string) string { return filepath.Join(c.dir, name) }

// writeKubeconfig writes a client's configuration that carries the bearer token.
func (c *Cluster) writeKubeconfig(file, url, token string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["e2e"] = &clientcmdapi.Cluster{Server: url, CertificateAuthority: c.file("tls.crt")}
	config.AuthInfos["e2e"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["e2e"] = &clientcmdapi.Context{Cluster: "e2e", AuthInfo: "e2e"}
	config.CurrentContext = "e2e"
	return clientcmd.WriteToFile(*config, file)
}
