package server

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// Config is the options that both plugins have.
type Config struct {
	Zones           []string
	TTL             int // -1: none is given
	Pods            string
	Namespaces      []string
	NamespaceLabels string
	Labels          string
	NoEndpoints     bool
	Ignore          string // the whole line, or ""
	Multi           bool   // there is a line for multicluster
	Multicluster    []string
	Zonal           bool
	PodNames        bool
	Falls           bool
	Fallthrough     []string
	StartupTimeout  string
	Bind            string
	Kubeadm         bool   // what stands around the plugin is kubeadm's
	Upstream        string // where kubeadm's Corefile forwards to
	Express         bool   // ours has an express lane
	Audits          bool   // ours looks for what its watches missed, over and over
}

// Corefile is the options for one of the plugins.
func (c Config) Corefile(plugin, endpoint string) string {
	if c.Kubeadm {
		return c.kubeadm(plugin, endpoint)
	}
	return ".:0 {\n" + c.Block(plugin, endpoint) + around + "}\n"
}

// Block is the options for one of the plugins, without what stands around it.
func (c Config) Block(plugin, endpoint string) string {
	var b strings.Builder
	line := func(is bool, words ...string) {
		if is {
			fmt.Fprintf(&b, "        %s\n", strings.TrimSpace(strings.Join(words, " ")))
		}
	}
	if c.Bind != "" {
		fmt.Fprintf(&b, "    bind %s\n", c.Bind)
	}
	fmt.Fprintf(&b, "    %s %s {\n", plugin, strings.Join(c.Zones, " "))
	line(c.StartupTimeout != "", "startup_timeout", c.StartupTimeout) // before the endpoint, where trials add another
	line(endpoint != "", "endpoint", endpoint)
	line(c.TTL >= 0, "ttl", fmt.Sprint(c.TTL))
	line(c.Pods != "", "pods", c.Pods)
	line(len(c.Namespaces) > 0, "namespaces", strings.Join(c.Namespaces, " "))
	line(c.NamespaceLabels != "", "namespace_labels", c.NamespaceLabels)
	line(c.Labels != "", "labels", c.Labels)
	line(c.NoEndpoints, "noendpoints")
	line(c.Ignore != "", c.Ignore)
	line(c.Multi, "multicluster", strings.Join(c.Multicluster, " "))
	line(c.Zonal, "zonal")
	line(c.PodNames, "endpoint_pod_names")
	line(c.Falls, "fallthrough", strings.Join(c.Fallthrough, " "))
	line(c.Audits && plugin == "kubenames", "audit 1s")
	line(c.Express && plugin == "kubenames", "express 2")
	b.WriteString("    }\n")
	return b.String()
}

// Locals is the addresses that a server without bind has.
func Locals() (all []string) {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			all = append(all, n.IP.String())
		}
	}
	slices.Sort(all)
	return all
}

// local is the address on this machine of a server at the address.
func local(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
