package around

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

const behindCache = `.:PORT {
    bind HOST
    cache 3600
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
        ttl 600
        fallthrough in-addr.arpa ip6.arpa
    }
}
.:PORT1 {
    bind HOST
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
        ttl 600
    }
}
`

// TestChangeBehindCache changes an address that has been asked for. The cache goes on with what theirs has said; it
// knows that ours is not for it to keep, but for reverse zones, which are shared with others.
func TestChangeBehindCache(t *testing.T) {
	api, err := newCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close) // once nobody watches any more
	p := startWith(t, behindCache, api.URL(""))
	says := func(s *server, port int, line, pattern string) error {
		all, err := questions(strings.Fields(line))
		if err != nil {
			return err
		}
		at := *s
		at.ports[0] = s.ports[port]
		r, _, err := at.ask(all[0])
		if err != nil {
			return err
		}
		if !has(r, regexp.MustCompile("^"+pattern)) {
			return fmt.Errorf("%s: want %s, got\n%s", line, pattern, r)
		}
		return nil
	}
	const name, back = "A four.shop.svc.cluster.local", "PTR 11.0.96.10.in-addr.arpa"
	for range 2 {
		p.both(func(s *server) error { return says(s, 0, name, `answer four.* (600|59\d) IN A 10\.96\.0\.11`) })
		p.both(func(s *server) error { return says(s, 0, back, `answer .* (600|59\d) IN PTR four\.`) })
		p.both(func(s *server) error { return says(s, 0, "A new.shop.svc.cluster.local", "NXDOMAIN") })
	}
	for _, service := range []string{"four", "new"} {
		object := `{apiVersion: v1, kind: Service, metadata: {name: ` + service + `, namespace: shop},
			spec: {clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9], ports: [{name: http, protocol: TCP, port: 80}]}}`
		if err := put(api, []byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	p.both(func(s *server) error {
		return eventually(func() error { return says(s, 1, "A new.shop.svc.cluster.local", `answer new.* 600 IN A 10\.96\.0\.9`) })
	})
	for _, c := range []struct {
		s             *server
		line, pattern string
	}{
		{p.theirs, name, `answer four.* A 10\.96\.0\.11`}, {p.theirs, "A new.shop.svc.cluster.local", "NXDOMAIN"},
		{p.ours, name, `answer four.* 600 IN A 10\.96\.0\.9`}, {p.ours, "A new.shop.svc.cluster.local", `answer new.* A 10\.96\.0\.9`},
		{p.theirs, back, `answer .* PTR four\.`}, {p.ours, back, `answer .* PTR four\.`},
	} {
		if err := says(c.s, 0, c.line, c.pattern); err != nil {
			t.Errorf("%s: %v", c.s.plugin, err)
		}
	}
}
