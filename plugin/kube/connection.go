package kube

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	kuberuntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Connection is how to reach an API server. The zero value reaches the one of the cluster whose pod we are in.
type Connection struct {
	// Kubeconfig is the path of a kubeconfig file; it overrides Endpoint and the files of TLS.
	Kubeconfig string
	// Context is a context of the kubeconfig; "" is its current one.
	Context string
	// Endpoint is the URL of an API server.
	Endpoint string
	// Cert, Key and CA are paths of PEM files for the Endpoint; "" leaves one out.
	Cert, Key, CA string
	// Agent is the user agent to be known by; "" is CoreDNS, its version, and the platform.
	Agent string
}

// Config is the client configuration of the connection. It reads the files that it names, so that one that
// is missing is an error of the set-up and not of the first request.
func (c Connection) Config() (*rest.Config, error) {
	config, err := c.locate()
	if err != nil {
		return nil, err
	}
	config.UserAgent = c.Agent
	if config.UserAgent == "" {
		config.UserAgent = agent()
	}
	config.ContentType = kuberuntime.ContentTypeProtobuf
	config.AcceptContentTypes = kuberuntime.ContentTypeProtobuf + "," + kuberuntime.ContentTypeJSON
	return config, nil
}

// locate finds the server and the credentials.
func (c Connection) locate() (*rest.Config, error) {
	switch {
	case c.Kubeconfig != "":
		return fromKubeconfig(c.Kubeconfig, c.Context)
	case c.Endpoint != "":
		config := &rest.Config{
			Host:            c.Endpoint,
			TLSClientConfig: rest.TLSClientConfig{CertFile: c.Cert, KeyFile: c.Key, CAFile: c.CA},
		}
		if _, _, err := rest.DefaultServerUrlFor(config); err != nil {
			return nil, fmt.Errorf("endpoint %q: want the URL of an API server: %w", c.Endpoint, err)
		}
		_, err := rest.TLSConfigFor(config)
		if err == nil && (c.Cert == "") != (c.Key == "") {
			err = errors.New("one of certificate and key is missing")
		}
		if err != nil {
			return nil, fmt.Errorf("tls %s %s %s: want a certificate, its key and a CA in PEM: %w", c.Cert, c.Key, c.CA, err)
		}
		return config, nil
	}
	config, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, errors.New("no API server: not in a pod of a cluster, and neither endpoint nor kubeconfig is given")
	}
	if err != nil {
		return nil, fmt.Errorf("service account of the pod: %w", err)
	}
	return config, nil
}

// fromKubeconfig reads the file alone: no environment, no default path, no fall back to the pod's own cluster.
func fromKubeconfig(path, context string) (*rest.Config, error) {
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: path}
	file, err := rules.Load()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig %s: %w", path, err)
	}
	name := context
	if name == "" {
		name = file.CurrentContext
	}
	if name == "" {
		return nil, fmt.Errorf("kubeconfig %s: want a context: none is current and none is named", path)
	}
	if file.Contexts[name] == nil {
		return nil, fmt.Errorf("kubeconfig %s: no context %q", path, name)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*file, name, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err == nil {
		_, err = rest.TLSConfigFor(config)
	}
	if err != nil {
		return nil, fmt.Errorf("kubeconfig %s: context %q: %w", path, name, err)
	}
	return config, nil
}

// agent names the CoreDNS that we are built into.
func agent() string {
	const core = "github.com/coredns/coredns"
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == core {
				version = strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return fmt.Sprintf("CoreDNS/%s kubenames (%s/%s/%s)", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
}
