package kubenames

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/fall"

	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// config is what a block of the Corefile says.
type config struct {
	zone           zone.Spec
	connection     kube.Connection
	wanted         kube.Options // what only concerns the source
	manifests      []string     // none: an API server is the source
	fall           fall.F
	early          bool // fall through before the cluster is known, too
	express        ride
	warmth         warmth
	startupTimeout time.Duration
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

// strict is the rules that answers may keep to though the kubernetes plugin does not.
var strict = map[string]func(*zone.Strict) *bool{
	"names":    func(s *zone.Strict) *bool { return &s.Names },
	"ports":    func(s *zone.Strict) *bool { return &s.Ports },
	"reverse":  func(s *zone.Strict) *bool { return &s.Reverse },
	"weights":  func(s *zone.Strict) *bool { return &s.Weights },
	"external": func(s *zone.Strict) *bool { return &s.External },
	"glue":     func(s *zone.Strict) *bool { return &s.Glue },
	"pointers": func(s *zone.Strict) *bool { return &s.Pointers },
}

// rules is the names of them, in a sentence.
func rules() string { return strings.Join(slices.Sorted(maps.Keys(strict)), ", ") }

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
				log.Warningf("namespaces %q: no namespace can have that name", a)
			}
			c.zone.Namespaces = append(c.zone.Namespaces, n)
		}
		return nil
	}},
	// What only concerns the source:
	"labels": {1, unlimited, "EXPRESSION", func(c *config, args []string) error {
		return selector("labels", args, &c.wanted.Labels)
	}},
	"namespace_labels": {1, unlimited, "EXPRESSION", func(c *config, args []string) error {
		return selector("namespace_labels", args, &c.wanted.NamespaceLabels)
	}},
	"noendpoints": {0, 0, "nothing", func(c *config, _ []string) error {
		c.wanted.NoEndpoints = true
		return nil
	}},
	"apiserver_qps": {1, 1, "QPS", func(c *config, args []string) error {
		n, err := strconv.ParseFloat(args[0], 32)
		if err != nil || n < 0 {
			return fmt.Errorf("apiserver_qps %s: want requests a second, or 0 for the default", args[0])
		}
		c.wanted.Limits.QPS = float32(n)
		return nil
	}},
	"apiserver_burst": {1, 1, "REQUESTS", func(c *config, args []string) error {
		return limit("apiserver_burst", "or 0 for the default", args[0], &c.wanted.Limits.Burst)
	}},
	"apiserver_max_inflight": {1, 1, "REQUESTS", func(c *config, args []string) error {
		return limit("apiserver_max_inflight", "or 0 for no limit", args[0], &c.wanted.Limits.MaxInflight)
	}},
	"audit":       {1, 1, "DURATION", duration("audit", func(c *config) *time.Duration { return &c.wanted.Audit })},
	"stale_after": {1, 1, "DURATION", duration("stale_after", func(c *config) *time.Duration { return &c.wanted.StaleAfter })},

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
	"ignore": {0, unlimited, "empty_service", func(c *config, args []string) error {
		if len(args) == 0 {
			return nil // the kubernetes plugin takes it for nothing to ignore
		}
		if args[0] != "empty_service" {
			return fmt.Errorf("ignore %s: want empty_service", args[0])
		}
		c.zone.IgnoreEmpty = true
		return nil
	}},
	"multicluster": {0, unlimited, "[ZONE...]", func(c *config, args []string) error {
		c.zone.Clustersets = plugin.OriginsFromArgsOrServerBlock(args, nil)
		return nil
	}},
	"zonal": {0, 0, "nothing", func(c *config, _ []string) error {
		c.zone.Zonal = true
		return nil
	}},
	"strict": {1, unlimited, "RULE... of " + rules(), func(c *config, args []string) error {
		for _, a := range args {
			rule, ok := strict[a]
			if !ok {
				return fmt.Errorf("strict %s: want %s", a, rules())
			}
			*rule(&c.zone.Strict) = true
		}
		return nil
	}},
	"unready": {1, 1, "servfail|fallthrough", func(c *config, args []string) error {
		if args[0] != "servfail" && args[0] != "fallthrough" {
			return fmt.Errorf("unready %s: want servfail or fallthrough", args[0])
		}
		c.early = args[0] == "fallthrough"
		return nil
	}},
	"express":  {0, 2, "[SOCKETS [QUESTIONS]]", setExpress},
	"snapshot": {1, 2, "FILE [MAX_AGE]", setSnapshot},
	"startup_timeout": {1, unlimited, "DURATION", func(c *config, args []string) error {
		d, err := time.ParseDuration(args[0])
		if err != nil || d < 0 {
			return fmt.Errorf("startup_timeout %s: want a duration such as 5s, or 0 not to wait", args[0])
		}
		c.startupTimeout = d
		return nil
	}},
}
