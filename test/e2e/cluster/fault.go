package cluster

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"
)

// The parts that can be killed, frozen and started again.
const (
	Etcd      = "etcd"
	APIServer = "kube-apiserver"
)

// Serve is Start without controllers and kube-proxy: what is written through the API stays as it is written. It leaves the
// processors to the servers that are tested, which in life it does by being on other machines.
func Serve(ctx context.Context, dir, program string) (*Cluster, error) {
	c := &Cluster{dir: dir, program: program, before: []string{"nice", "-n", "10"}}
	if err := c.serve(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Kill ends a part as the kernel would, and returns once it is gone.
func (c *Cluster) Kill(part string) error {
	p, err := c.part(part)
	if err != nil {
		return err
	}
	p.cmd.Process.Kill()
	<-p.done
	return nil
}

// Freeze stops a part where it is; its connections stay open.
func (c *Cluster) Freeze(part string) error { return c.signal(part, syscall.SIGSTOP) }

// Thaw lets a frozen part go on.
func (c *Cluster) Thaw(part string) error { return c.signal(part, syscall.SIGCONT) }

// Revive starts a part that has ended, and returns once it serves.
func (c *Cluster) Revive(ctx context.Context, part string) error {
	p, err := c.part(part)
	if err != nil {
		return err
	}
	c.parts = slices.DeleteFunc(c.parts, func(other *process) bool { return other == p })
	if part == Etcd {
		return c.start(ctx, Etcd, c.etcdFlags(), listens(etcd))
	}
	return c.start(ctx, APIServer, c.serverFlags(), c.ready(ctx))
}

// Backup copies what etcd has stored, which must have ended.
func (c *Cluster) Backup(to string) error { return os.CopyFS(to, os.DirFS(c.file("etcd"))) }

// Restore puts a backup in the place of what etcd has stored. Etcd must have ended.
func (c *Cluster) Restore(from string) error {
	if err := os.RemoveAll(c.file("etcd")); err != nil {
		return err
	}
	return os.CopyFS(c.file("etcd"), os.DirFS(from))
}

// Account is a file for CoreDNS, as the account that Authorize made, with the API server at this URL.
func (c *Cluster) Account(name, url string) (string, error) {
	config, err := clientcmd.LoadFromFile(c.file("coredns.conf"))
	if err != nil {
		return "", err
	}
	config.Clusters["e2e"].Server = url
	return c.file(name), clientcmd.WriteToFile(*config, c.file(name))
}

// Keys are the files of the API server's certificate, which is its own authority, and of its key.
func (c *Cluster) Keys() (cert, key string) { return c.file("tls.crt"), c.file("tls.key") }

// URL is where the API server is.
func (c *Cluster) URL() string { return api }

func (c *Cluster) signal(part string, s syscall.Signal) error {
	p, err := c.part(part)
	if err != nil {
		return err
	}
	return p.cmd.Process.Signal(s)
}

func (c *Cluster) part(name string) (*process, error) {
	i := slices.IndexFunc(c.parts, func(p *process) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s: not started", name)
	}
	return c.parts[i], nil
}
