package subject

import (
	"os"
	"strconv"
	"strings"
)

// corefile is kubeadm's, with ports of its own. Only the cache keeps off the reverse zone as well: what comes from there
// would be as late as the cache makes it, whoever is behind.
const corefile = `.:PORT {
    bind 127.0.0.1
    errors
    health 127.0.0.1:1PORT {
       lameduck 5s
    }
    ready 127.0.0.1:2PORT
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
       kubeconfig {$KUBECONFIG}
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl SECONDS
       OPTIONS
    }
    prometheus 127.0.0.1:3PORT
    forward . UPSTREAM {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local in-addr.arpa
       disable denial cluster.local in-addr.arpa
    }
    loop
    reload
    loadbalance
}

elsewhere.test:PORT {
    bind 127.0.0.1
    hosts {
        192.0.2.1 www.elsewhere.test
    }
}

BLOCKS
`

// Upstream is where the subjects send questions for what is not in the cluster.
const Upstream = "127.0.0.1:5300"

// Configure writes the Corefile.
func (s *Subject) Configure() error {
	text := strings.NewReplacer(
		"PORT", strconv.Itoa(s.port),
		"PLUGIN", s.Plugin,
		"OPTIONS", s.Options,
		"SECONDS", strconv.Itoa(s.TTL),
		"UPSTREAM", Upstream,
		"BLOCKS", s.Blocks,
	).Replace(corefile)
	return os.WriteFile(s.file("corefile"), []byte(text), 0o600)
}
