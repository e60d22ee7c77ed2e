// Command coredns is the one program of all contestants: CoreDNS with every in-tree plugin, kubenames, and a plugin that
// does nothing. So their build flags are the same.
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/core/plugin" // every in-tree plugin
	"github.com/coredns/coredns/coremain"

	_ "github.com/kubenames/kubenames"

	"github.com/kubenames/kubenames/test/bench/contestant"
)

func main() {
	at := slices.Index(dnsserver.Directives, "kubernetes")
	dnsserver.Directives = slices.Insert(dnsserver.Directives, at, "kubenames", "nothing")
	if path := os.Getenv(contestant.GaugeVariable); path != "" {
		if err := gauge(path); err != nil {
			fmt.Fprintln(os.Stderr, "gauge:", err)
			os.Exit(1)
		}
	}
	coremain.Run()
}
