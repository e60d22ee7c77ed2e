package around

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestLoadbalance has addresses shuffled, and those of a network first.
func TestLoadbalance(t *testing.T) {
	p := start(t, `.:PORT {
    bind HOST
    loadbalance round_robin {
        prefer 10.244.2.0/24
    }
    PLUGIN cluster.local {
        endpoint API
    }
}
`)
	all, err := questions([]string{"A", "db.shop.svc.cluster.local"})
	if err != nil {
		t.Fatal(err)
	}
	p.both(func(s *server) error {
		orders := map[string]bool{}
		for range 60 {
			_, m, err := s.ask(all[0])
			if err != nil {
				return err
			}
			var order []string
			for _, rr := range m.Answer {
				order = append(order, rr.(*dns.A).A.String())
			}
			text := strings.Join(order, " ")
			if len(order) != 4 || !strings.HasPrefix(order[0], "10.244.2.") || !strings.HasPrefix(order[1], "10.244.2.") {
				return fmt.Errorf("got %s, want 10.244.2.x first", text)
			}
			orders[text] = true
		}
		if len(orders) != 4 {
			return fmt.Errorf("got %d orders, want 4: %v", len(orders), orders)
		}
		return nil
	})
}
