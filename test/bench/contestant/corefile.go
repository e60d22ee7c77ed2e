package contestant

import (
	"fmt"
	"strings"
)

// Zone is the cluster's zone.
const Zone = "cluster.local."

// OtherName is a name of another zone, see Setting.Beside. It has one address.
const OtherName = "www.example.org."

// corefile is the configuration of CoreDNS at a port of the loopback address.
func (p Plan) corefile(s Setting, port int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".:%d {", port)
	line("    bind 127.0.0.1")
	if p.Chain != Alone {
		line("    errors")
		line("    prometheus 127.0.0.1:0")
		line("    loadbalance")
	}
	if p.Chain == Stock || p.Chain == Express {
		line("    cache 30")
	}
	if p.Chain == Kubeadm {
		line("    cache 30 {\n        disable success cluster.local\n        disable denial cluster.local\n    }")
	}
	switch {
	case p == Reader:
		line("    %s {\n        %s\n    }", p.Plugin, s.Source)
	case !p.Watches():
		line("    %s", p.Plugin)
	default:
		line("    %s cluster.local in-addr.arpa ip6.arpa {", p.Plugin)
		line("        %s", s.Source)
		line("        pods %s", s.Pods)
		line("        ttl 30")
		line("        fallthrough in-addr.arpa ip6.arpa")
		line("        startup_timeout 10m") // who answers knows the whole cluster
		if p.Chain == Express {
			line("        express")
		}
		line("    }")
	}
	line("}")
	if s.Beside {
		line("example.org:%d {", port)
		line("    bind 127.0.0.1")
		line("    hosts {\n        192.0.2.1 %s\n    }", strings.TrimSuffix(OtherName, "."))
		line("}")
	}
	return b.String()
}
