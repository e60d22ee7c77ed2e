package cluster

import (
	"net"
	"strings"
)

func (c *Cluster) etcdFlags() []string {
	return []string{
		"--data-dir", c.file("etcd"),
		"--listen-client-urls", "http://" + etcd,
		"--advertise-client-urls", "http://" + etcd,
		"--unsafe-no-fsync", // nothing in it is to survive
	}
}

func (c *Cluster) serverFlags() []string {
	return []string{
		"--etcd-servers", "http://" + etcd,
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
		"--audit-policy-file", c.file("audit.yaml"),
		"--audit-log-path", c.file("audit.log"),
		"--service-cluster-ip-range", "10.96.0.0/12,fd00:10:96::/112",
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

// listens tells whether something takes connections at the address.
func listens(at string) func() error {
	return func() error {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
