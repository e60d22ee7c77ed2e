package main

import (
	"context"
	"net"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"
)

func init() { plugin.Register("nothing", setup) }

// setup reads a block that may have the line "endpoint URL" in it.
func setup(c *caddy.Controller) error {
	for c.Next() {
		for c.NextBlock() {
			if c.Val() != "endpoint" || !c.NextArg() {
				return plugin.Error("nothing", c.ArgErr())
			}
			w, err := newWatcher(c.Val())
			if err != nil {
				return plugin.Error("nothing", err)
			}
			c.OnStartup(w.start)
			c.OnShutdown(w.stop)
		}
	}
	dnsserver.GetConfig(c).AddPlugin(func(plugin.Handler) plugin.Handler { return nothing{} })
	return nil
}

// nothing answers every question with one address record: the least that a plugin can do. Any goroutine may use it.
type nothing struct{}

var address = net.IPv4(192, 0, 2, 1).To4()

// ServeDNS implements plugin.Handler.
func (nothing) ServeDNS(_ context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	m := new(dns.Msg).SetReply(r)
	m.Authoritative = true
	m.Answer = []dns.RR{&dns.A{
		Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 5}, A: address,
	}}
	return dns.RcodeSuccess, w.WriteMsg(m)
}

// Name implements plugin.Handler.
func (nothing) Name() string { return "nothing" }
