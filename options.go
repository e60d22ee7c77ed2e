package kubenames

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/fall"

	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// config is what a block of the Corefile says.
type config struct {
	zone           zone.Spec
	connection     kube.Connection
	manifests      []string // none: an API server is the source
	fall           fall.F
	startupTimeout time.Duration
	podLabels      bool // by want
	outside        bool // likewise
}

// Limits and defaults of options, as those of the kubernetes plugin.
const (
	defaultTTL            = 5
	maxTTL                = 3600
	defaultStartupTimeout = 5 * time.Second
)

// label is a namespace's name (Kubernetes: RFC 1123 label).
var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// option takes the arguments of one line.
type option struct {
	min, max int    // number of arguments
	want     string // what they are, for errors
	set      func(*config, []string) error
}

// unlimited is more arguments than a line has.
const unlimited = 1 << 20

var options = map[string]option{
	"kubeconfig": {1, 2, "FILE [CONTEXT]", func(c *config, args []string) error {
		c.connection.Kubeconfig, c.connection.Context = args[0], ""
		if len(args) == 2 {
			c.connection.Context = args[1]
		}
		return nil
	}},
	"endpoint": {1, unlimited, "URL", func(c *config, args []string) error {
		c.connection.Endpoint = args[0]
		if len(args) > 1 {
			log.Warningf("endpoint: only the first URL is used: %s", args[0])
		}
		return nil
	}},
	"tls": {3, 3, "CERT KEY CA", func(c *config, args []string) error {
		c.connection.Cert, c.connection.Key, c.connection.CA = args[0], args[1], args[2]
		return nil
	}},
	"manifests": {1, unlimited, "PATH...", func(c *config, args []string) error {
		c.manifests = append(c.manifests, args...)
		return nil
	}},
	"namespaces": {1, unlimited, "NAMESPACE...", func(c *config, args []string) error {
		for _, a := range args {
			n := strings.ToLower(a)
			if !label.MatchString(n) {
				return fmt.Errorf("namespaces %q: want names of namespaces", a)
			}
			c.zone.Namespaces = append(c.zone.Namespaces, n)
		}
		return nil
	}},
	"ttl": {1, unlimited, "SECONDS", func(c *config, args []string) error {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 || n > maxTTL {
			return fmt.Errorf("ttl %s: want 0 to %d", args[0], maxTTL)
		}
		c.zone.TTL = uint32(n)
		return nil
	}},
	"pods": {1, 1, "disabled|insecure|verified", func(c *config, args []string) error {
		modes := map[string]zone.PodMode{"disabled": zone.Disabled, "insecure": zone.Insecure, "verified": zone.Verified}
		mode, ok := modes[args[0]]
		if !ok {
			return fmt.Errorf("pods %s: want disabled, insecure or verified", args[0])
		}
		c.zone.Pods = mode
		return nil
	}},
	"endpoint_pod_names": {0, 0, "nothing", func(c *config, _ []string) error {
		c.zone.PodNames = true
		return nil
	}},
	"fallthrough": {0, unlimited, "[ZONE...]", func(c *config, args []string) error {
		c.fall.SetZonesFromArgs(args)
		return nil
	}},
	"startup_timeout": {1, unlimited, "DURATION", func(c *config, args []string) error {
		d, err := time.ParseDuration(args[0])
		if err != nil || d < 0 {
			return fmt.Errorf("startup_timeout %s: want a duration such as 5s, or 0 not to wait", args[0])
		}
		c.startupTimeout = d
		return nil
	}},
}

// parse reads the plugin's block. Errors say file and line.
func parse(c *caddy.Controller) (*config, error) {
	var cfg *config
	for c.Next() {
		if cfg != nil {
			return nil, plugin.ErrOnce
		}
		cfg = &config{startupTimeout: defaultStartupTimeout, zone: zone.Spec{TTL: defaultTTL}}
		cfg.zone.Origins = plugin.OriginsFromArgsOrServerBlock(c.RemainingArgs(), c.ServerBlockKeys)
		for c.NextBlock() {
			if err := cfg.line(c); err != nil {
				return nil, err
			}
		}
	}
	if cfg.manifests != nil && cfg.connection != (kube.Connection{}) {
		return nil, c.Err("manifests: want one source, and kubeconfig, endpoint or tls name another")
	}
	root := dnsserver.GetConfig(c).Root
	for i, path := range cfg.manifests {
		if !filepath.IsAbs(path) && root != "" {
			cfg.manifests[i] = filepath.Join(root, path)
		}
	}
	return cfg, nil
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
