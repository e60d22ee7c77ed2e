// Package around puts both plugins into the same Corefiles, with the other plugins of CoreDNS in front of them and behind
// them and over every transport, and holds one to the other. Only the directive's word differs.
//
//	testdata/cluster.yaml ──▶ api ─┬─▶ CoreDNS with kubernetes ─┐
//	                               └─▶ CoreDNS with kubenames  ─┴─▶ the same reply
//
// That both ignored a plugin would be the same reply too: each story also says what the plugin has done to it.
package around

import (
	"fmt"
	"io"
	golog "log"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"

	// Those that are compared, and all that stands around them.
	_ "github.com/coredns/coredns/plugin/acl"
	_ "github.com/coredns/coredns/plugin/any"
	_ "github.com/coredns/coredns/plugin/autopath"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/bufsize"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/chaos"
	_ "github.com/coredns/coredns/plugin/dns64"
	_ "github.com/coredns/coredns/plugin/dnssec"
	_ "github.com/coredns/coredns/plugin/dnstap"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/header"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/metadata"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/minimal"
	_ "github.com/coredns/coredns/plugin/nsid"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/shed"
	_ "github.com/coredns/coredns/plugin/siit"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/coredns/coredns/plugin/tls"
	_ "github.com/coredns/coredns/plugin/tsig"
	_ "github.com/coredns/coredns/plugin/view"
	_ "github.com/kubenames/kubenames"

	"github.com/kubenames/kubenames/test/parity/api"
)

// What all stories have. TestMain makes them.
var (
	cluster *api.Server
	host    string // a loopback address that no other process takes ports of
	dir     string // keys, certificates, and what else Corefiles name as DIR/...
)

func TestMain(m *testing.M) {
	code, err := tell(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "around:", err)
		code = 1
	}
	os.Exit(code)
}

func tell(m *testing.M) (code int, err error) {
	caddy.Quiet, dnsserver.Quiet = true, true
	golog.SetOutput(io.Discard)
	at := slices.Index(dnsserver.Directives, "kubernetes")
	dnsserver.Directives = slices.Insert(slices.Clone(dnsserver.Directives), at, "kubenames")

	pid := os.Getpid()
	host = fmt.Sprintf("127.%d.%d.%d", 64+pid>>16&63, pid>>8&255, pid&255)
	if dir, err = os.MkdirTemp("", "around-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := writeKeys(); err != nil {
		return 0, err
	}
	resolv := "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
	if err := os.WriteFile(filepath.Join(dir, "resolv.conf"), []byte(resolv), 0o600); err != nil {
		return 0, err
	}
	if cluster, err = newCluster(); err != nil {
		return 0, err
	}
	defer cluster.Close()
	return m.Run(), nil
}
