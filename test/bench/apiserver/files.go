package apiserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// The files that the servers read.
const (
	keyFile    = "accounts.key"
	tokensFile = "tokens.csv"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: bench
clusters: [{name: bench, cluster: {server: "https://%s", insecure-skip-tls-verify: true}}]
users: [{name: bench, user: {token: %s}}]
contexts: [{name: bench, context: {cluster: bench, user: bench}}]
`

// writeFiles writes the files of the servers, and a client's configuration.
func writeFiles(dir, address string) (config string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	files := map[string][]byte{
		keyFile:      pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
		tokensFile:   []byte(token + ",admin,admin,system:masters\n"),
		"kubeconfig": fmt.Appendf(nil, kubeconfig, address, token),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "kubeconfig"), nil
}

func etcdFlags(dir, clients, peers string) []string {
	return []string{
		"etcd", "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", "http://" + clients, "--advertise-client-urls", "http://" + clients,
		"--listen-peer-urls", "http://" + peers, "--initial-advertise-peer-urls", "http://" + peers,
		"--initial-cluster", "default=http://" + peers,
	}
}

func serverFlags(dir, store, address string) []string {
	host, port, _ := net.SplitHostPort(address)
	return []string{
		"kube-apiserver", "--etcd-servers", "http://" + store, "--bind-address", host, "--advertise-address", host, "--secure-port", port,
		"--cert-dir", dir, "--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", filepath.Join(dir, keyFile), "--service-account-signing-key-file", filepath.Join(dir, keyFile),
		"--token-auth-file", filepath.Join(dir, tokensFile), "--authorization-mode", "RBAC",
		"--service-cluster-ip-range", "10.96.0.0/12", "--disable-admission-plugins", "ServiceAccount", "--endpoint-reconciler-type", "none",
		"--max-requests-inflight", "0", "--max-mutating-requests-inflight", "0", "--enable-priority-and-fairness=false",
	}
}
