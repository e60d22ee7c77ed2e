package kubenames

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"

	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// selector reads a label selector, which may have blanks.
func selector(option string, args []string, into *string) error {
	text := strings.Join(args, " ")
	if err := kube.CheckSelector(text); err != nil {
		return fmt.Errorf("%s %q: want a label selector: %w", option, text, err)
	}
	*into = text
	return nil
}

// limit reads a number of requests.
func limit(option, zero, arg string, into *int) error {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 0 {
		return fmt.Errorf("%s %s: want a number of requests, %s", option, arg, zero)
	}
	*into = n
	return nil
}

// parse reads the plugin's block. Errors say file and line.
func parse(c *caddy.Controller) (*config, error) {
	var cfg *config
	for c.Next() {
		if cfg != nil {
			return nil, plugin.ErrOnce
		}
		cfg = &config{startupTimeout: defaultStartupTimeout, zone: zone.Spec{TTL: defaultTTL}, wanted: healthy}
		cfg.zone.Origins = plugin.OriginsFromArgsOrServerBlock(c.RemainingArgs(), c.ServerBlockKeys)
		for c.NextBlock() {
			if err := cfg.line(c); err != nil {
				return nil, err
			}
		}
	}
	if trouble := cfg.conflict(); trouble != "" {
		return nil, c.Err(trouble)
	}
	root := dnsserver.GetConfig(c).Root
	for i, path := range cfg.manifests {
		cfg.manifests[i] = below(root, path)
	}
	cfg.warmth.path = below(root, cfg.warmth.path)
	return cfg, nil
}

// conflict is what there is in the block that does not go together; "" if there is nothing.
func (cfg *config) conflict() string {
	switch {
	case cfg.manifests != nil && cfg.connection != (kube.Connection{}):
		return "manifests: want one source, and kubeconfig, endpoint or tls name another"
	case cfg.manifests != nil && cfg.warmth != (warmth{}):
		return "snapshot: want no manifests beside it: files can be read at every start"
	case cfg.zone.Namespaces != nil && cfg.wanted.NamespaceLabels != "":
		return "namespaces: want this list or namespace_labels, not both"
	case cfg.wanted.NoEndpoints && cfg.zone.Zonal:
		return "zonal: want no noendpoints beside it: places are those of endpoints"
	case cfg.wanted.NoEndpoints && cfg.zone.IgnoreEmpty:
		return "ignore empty_service: want no noendpoints beside it: every Service would be empty"
	}
	return ""
}

// below is the path of a file that is meant below the root, if it is relative.
func below(root, path string) string {
	if path == "" || filepath.IsAbs(path) || root == "" {
		return path
	}
	return filepath.Join(root, path)
}

// line reads one line of the block.
func (cfg *config) line(c *caddy.Controller) error {
	name := c.Val()
	o, ok := options[name]
	if !ok {
		return c.Errf("unknown option %q: want %s", name, known())
	}
	args := c.RemainingArgs()
	if len(args) < o.min || len(args) > o.max {
		return c.Errf("%s: want %s", strings.Join(append([]string{name}, args...), " "), o.want)
	}
	if err := o.set(cfg, args); err != nil {
		return c.Err(err.Error())
	}
	return nil
}
