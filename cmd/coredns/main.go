// Coredns is CoreDNS with every in-tree plugin, and kubenames in front of
// kubernetes. Its flags are those of CoreDNS.
package main

import (
	"runtime/debug"

	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/core/plugin" // every in-tree plugin
	"github.com/coredns/coredns/coremain"

	_ "github.com/kubenames/kubenames"
)

func main() {
	dnsserver.Directives = withKubenames(dnsserver.Directives)
	coremain.GitCommit = version()
	coremain.Run()
}

// version returns what -version shows beside CoreDNS's own: the version of
// kubenames as the Go command stamped it, "(devel)" where it knew none.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return directive + " " + info.Main.Version
	}
	return directive
}
