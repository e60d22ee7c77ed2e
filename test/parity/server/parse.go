package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coredns/caddy/caddyfile"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// Parse takes the options out of the Corefile of either plugin, and tells which names a cache may answer. There has to be
// one block of the plugin.
func Parse(corefile string) (c Config, cached func(name string) bool, err error) {
	blocks, err := caddyfile.Parse("Corefile", strings.NewReader(corefile), dnsserver.Directives)
	if err != nil {
		return c, nil, err
	}
	n := 0
	cached = func(string) bool { return false }
	for _, b := range blocks {
		for _, name := range []string{"kubernetes", "kubenames"} {
			if len(b.Tokens[name]) == 0 {
				continue
			}
			n++
			if c, err = parseBlock(b.Tokens[name], b.Keys); err != nil {
				return c, nil, err
			}
			c.Kubeadm = len(b.Tokens["forward"]) > 0 // classes other than IN come through
			cached = parseCache(b.Tokens["cache"])
		}
	}
	if n != 1 {
		return c, nil, fmt.Errorf("Corefile: %d blocks of kubernetes or kubenames, want one", n)
	}
	return c, cached, nil
}

// parseBlock takes the options of a block, in a server block of those keys.
func parseBlock(tokens []caddyfile.Token, keys []string) (Config, error) {
	c := Config{TTL: -1}
	d := caddyfile.NewDispenserTokens("Corefile", tokens)
	d.Next()
	if c.Zones = d.RemainingArgs(); len(c.Zones) == 0 {
		c.Zones = plugin.OriginsFromArgsOrServerBlock(nil, keys)
	}
	for d.NextBlock() {
		option := d.Val()
		args := d.RemainingArgs()
		all := strings.Join(args, " ")
		switch option {
		case "endpoint", "kubeconfig", "tls", "startup_timeout", "apiserver_qps", "apiserver_burst", "apiserver_max_inflight":
		case "ttl":
			ttl, err := strconv.Atoi(all)
			if err != nil {
				return c, fmt.Errorf("ttl %q: want a number", all)
			}
			c.TTL = ttl
		case "pods":
			c.Pods = all
		case "namespaces":
			c.Namespaces = append(c.Namespaces, args...)
		case "namespace_labels":
			c.NamespaceLabels = all
		case "labels":
			c.Labels = all
		case "noendpoints":
			c.NoEndpoints = true
		case "ignore":
			c.Ignore = "ignore " + all
		case "endpoint_pod_names":
			c.PodNames = true
		case "zonal":
			c.Zonal = true
		case "fallthrough":
			c.Falls, c.Fallthrough = true, args
		case "multicluster": // nothing is asked in zones of a clusterset
			clustersets := plugin.OriginsFromArgsOrServerBlock(args, nil)
			c.Zones = slices.DeleteFunc(slices.Clone(c.Zones), func(z string) bool {
				return slices.Contains(clustersets, plugin.OriginsFromArgsOrServerBlock([]string{z}, nil)[0])
			})
		default:
			return c, fmt.Errorf("option %q: there is no rule that knows it", option)
		}
	}
	return c, nil
}

// parseCache is the names that a cache may answer: those in its zones but where both kinds of answers are disabled.
func parseCache(tokens []caddyfile.Token) func(string) bool {
	if len(tokens) == 0 {
		return func(string) bool { return false }
	}
	d := caddyfile.NewDispenserTokens("Corefile", tokens)
	d.Next()
	zones := d.RemainingArgs()
	if len(zones) > 0 {
		if _, err := strconv.Atoi(zones[0]); err == nil {
			zones = zones[1:]
		}
	}
	disabled := map[string][]string{}
	for d.NextBlock() {
		if d.Val() == "disable" && d.NextArg() {
			kind := d.Val()
			disabled[kind] = append(disabled[kind], d.RemainingArgs()...)
			if len(disabled[kind]) == 0 {
				disabled[kind] = []string{"."}
			}
		}
	}
	in := func(zones []string, name string) bool {
		return plugin.Zones(plugin.OriginsFromArgsOrServerBlock(zones, nil)).Matches(strings.ToLower(name)) != ""
	}
	return func(name string) bool {
		off := func(kind string) bool {
			return slices.ContainsFunc(disabled[kind], func(z string) bool { return in([]string{z}, name) })
		}
		return (len(zones) == 0 || in(zones, name)) && !(off("success") && off("denial"))
	}
}

// At is a server that runs somewhere. Stop does not stop it.
func At(addr string) *Server {
	s := &Server{}
	s.UDP, s.TCP = addr, addr
	return s
}
