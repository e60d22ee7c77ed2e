package cluster

import (
	"net"
	"net/url"
	"strings"
)

// The cluster's address plan, IPv4 then IPv6.
const (
	services = "10.96.0.0/12,fd00:10:96::/112"
	pods     = "10.244.0.0/16,fd00:10:244::/64"
)

func (c *Cluster) etcdFlags() []string {
	return []string{
		"--data-dir", c.file("etcd"),
		"--listen-client-urls", etcdURL,
		"--advertise-client-urls", etcdURL,
		"--unsafe-no-fsync", // nothing in it is to survive
	}
}

func (c *Cluster) serverFlags() []string {
	return []string{
		"--etcd-servers", etcdURL,
		"--bind-address", "127.0.0.1",
		"--advertise-address", "127.0.0.1",
		"--secure-port", "6443",
		"--cert-dir", c.dir,
		"--tls-cert-file", c.file("tls.crt"),
		"--tls-private-key-file", c.file("tls.key"),
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", c.file("tls.key"),
		"--service-account-signing-key-file", c.file("tls.key"),
		"--token-auth-file", c.file("tokens.csv"),
		"--authorization-mode", "RBAC",
		"--service-cluster-ip-range", services,
		"--disable-admission-plugins", "ServiceAccount", // pods of a new namespace need not wait for an account
		"--endpoint-reconciler-type", "none", // a loopback address may not be an endpoint
	}
}

func (c *Cluster) managerFlags() []string {
	controllers := []string{
		"deployment-controller",
		"replicaset-controller",
		"statefulset-controller",
		"endpointslice-controller",
		"namespace-controller",
		"garbage-collector-controller",
	}
	return []string{
		"--kubeconfig", c.file("admin.conf"),
		"--controllers", strings.Join(controllers, ","),
		"--leader-elect=false",
		"--bind-address", "127.0.0.1",
		"--cert-dir", c.dir,
		"--kube-api-qps", "1000",
		"--kube-api-burst", "1000",
	}
}

func (c *Cluster) proxyFlags() []string {
	return []string{
		"--kubeconfig", c.file("admin.conf"),
		"--proxy-mode", "nftables",
		"--nftables-min-sync-period", "100ms",
		"--hostname-override", Node,
		"--cluster-cidr", pods,
		"--detect-local-mode", "ClusterCIDR",
		"--healthz-bind-address", "127.0.0.1:10256",
		"--metrics-bind-address", "127.0.0.1:10249",
		"--conntrack-max-per-core", "0", // the kernel's own
		"--conntrack-tcp-timeout-established", "0",
		"--conntrack-tcp-timeout-close-wait", "0",
	}
}

// listens tells whether something takes connections at the URL.
func listens(at string) func() error {
	return func() error {
		u, err := url.Parse(at)
		if err != nil {
			return err
		}
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
