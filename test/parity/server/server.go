// Package server runs whole CoreDNS servers in this process: the in-tree plugin, and ours.
package server

import (
	"slices"
	"sync"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"

	// The two that are compared, and what stands around them.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/kubenames/kubenames"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

func init() {
	caddy.Quiet, dnsserver.Quiet = true, true
	dnsserver.Port = "0" // a free one
	// Template stands behind both: it is what questions fall through to.
	d := slices.DeleteFunc(dnsserver.Directives, func(s string) bool { return s == "template" })
	at := slices.Index(d, "kubernetes")
	dnsserver.Directives = slices.Insert(d, at+1, "template")
	dnsserver.Directives = slices.Insert(dnsserver.Directives, at, "kubenames")
}

// Server is one that runs.
type Server struct {
	dialog.Client
	instance *caddy.Instance
}

// starting is held while a server starts: caddy and its plugins keep what they read of a Corefile in one place for all.
var starting sync.Mutex

// Start starts one with a Corefile, in which port 0 is a free one. Any goroutine may.
func Start(corefile string) (*Server, error) {
	starting.Lock()
	defer starting.Unlock()
	corefile, err := ported(corefile)
	if err != nil {
		return nil, err
	}
	instance, err := caddy.Start(input(corefile))
	if err != nil {
		return nil, err
	}
	s := &Server{}
	s.take(instance)
	return s, nil
}

// take makes the server the one of the instance.
func (s *Server) take(instance *caddy.Instance) {
	s.instance = instance
	first := instance.Servers()[0]
	s.UDP, s.TCP = local(first.LocalAddr().String()), local(first.Addr().String())
}

// Restart gives it another Corefile.
func (s *Server) Restart(corefile string) error {
	starting.Lock()
	defer starting.Unlock()
	corefile, err := ported(corefile)
	if err != nil {
		return err
	}
	instance, err := s.instance.Restart(input(corefile))
	if err != nil {
		return err
	}
	s.Close() // connections to the server that was
	s.take(instance)
	return nil
}

func input(corefile string) caddy.Input {
	return caddy.CaddyfileInput{Filepath: "Corefile", Contents: []byte(corefile), ServerTypeName: "dns"}
}

// Stop ends it.
func (s *Server) Stop() {
	s.Close()
	if s.instance == nil {
		return
	}
	s.instance.ShutdownCallbacks()
	s.instance.Stop()
}
