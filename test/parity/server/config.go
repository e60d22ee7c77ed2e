package server

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// Config is the options that both plugins have.
type Config struct {
	Zones       []string
	TTL         int // -1: none is given
	Pods        string
	Namespaces  []string
	PodNames    bool
	Falls       bool
	Fallthrough []string
	Bind        string
}

// Corefile is the options for one of the plugins.
func (c Config) Corefile(plugin, endpoint string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".:0 {")
	b.WriteString(c.Block(plugin, endpoint))
	b.WriteString(around)
	line("}")
	return b.String()
}

// Block is the options for one of the plugins, without what stands around it.
func (c Config) Block(plugin, endpoint string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if c.Bind != "" {
		line("    bind %s", c.Bind)
	}
	line("    %s %s {", plugin, strings.Join(c.Zones, " "))
	if endpoint != "" {
		line("        endpoint %s", endpoint)
	}
	if c.TTL >= 0 {
		line("        ttl %d", c.TTL)
	}
	if c.Pods != "" {
		line("        pods %s", c.Pods)
	}
	if len(c.Namespaces) > 0 {
		line("        namespaces %s", strings.Join(c.Namespaces, " "))
	}
	if c.PodNames {
		line("        endpoint_pod_names")
	}
	if c.Falls {
		line("        fallthrough %s", strings.Join(c.Fallthrough, " "))
	}
	line("    }")
	return b.String()
}

// Fell is the owner of the SOA of what the next plugin says.
const Fell = "fell.through."

// around is what stands behind the plugin: some names to point to, and an answer for all else.
var around = Elsewhere + `    template ANY ANY . {
        rcode NXDOMAIN
        authority "fell.through. 77 IN SOA ns.fell.through. host.fell.through. 1 2 3 4 5"
    }
`

// Elsewhere is names outside the cluster to point to.
var Elsewhere = `    template IN A ext.test {
        match (?i)^a\.ext\.test\.$
        answer "{{ .Name }} 60 IN A 203.0.113.1"
        fallthrough
    }
    template IN AAAA ext.test {
        match (?i)^a\.ext\.test\.$
        answer "{{ .Name }} 60 IN AAAA 2001:db8:ffff::1"
        fallthrough
    }
    template IN A ext.test {
        match (?i)^many\.ext\.test\.$
` + many + `        fallthrough
    }
    template IN ANY alias.ext.test {
        answer "{{ .Name }} 60 IN CNAME a.ext.test."
    }
    template ANY ANY fail.ext.test {
        rcode SERVFAIL
    }
    template ANY ANY empty.ext.test {
        rcode NOERROR
        authority "ext.test. 60 IN SOA ns.ext.test. host.ext.test. 1 2 3 4 60"
    }
    template ANY ANY ext.test {
        rcode NXDOMAIN
        authority "ext.test. 60 IN SOA ns.ext.test. host.ext.test. 1 2 3 4 60"
    }
`

// many is more than fits into the smallest message.
var many = func() (lines string) {
	for i := range 40 {
		lines += fmt.Sprintf("        answer \"{{ .Name }} 60 IN A 203.0.113.%d\"\n", i+2)
	}
	return lines
}()

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
