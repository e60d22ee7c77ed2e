package around

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestReload reads the Corefile again and again while clients ask. Every answer is of one Corefile or the other.
func TestReload(t *testing.T) {
	corefile := `.:PORT {
    bind HOST
    errors
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
        ttl 5
    }
}
`
	p := start(t, corefile)
	fit := regexp.MustCompile(`^answer api\.shop\.svc\.cluster\.local\. (5|22) IN A 10\.96\.0\.10$`)
	p.both(func(s *server) error {
		var counts [4]atomic.Int64
		var clients sync.WaitGroup
		stop, failed := make(chan struct{}), make(chan error, len(counts))
		for i := range counts {
			clients.Go(func() { failed <- s.keepAsking(i%2 == 0, fit, stop, &counts[i]) })
		}
		var err error
		for i := 0; i < 4 && err == nil; i++ {
			err = s.reload(strings.Replace(corefile, "ttl 5", []string{"ttl 22", "ttl 5"}[i%2], 1), counts[:])
		}
		close(stop)
		clients.Wait()
		close(failed)
		for e := range failed {
			err = errors.Join(err, e)
		}
		return err
	})
}

// reload has the server begin anew, and waits until each client has had a few answers more.
func (s *server) reload(corefile string, counts []atomic.Int64) error {
	next, err := s.instance.Restart(s.input(corefile, cluster.URL("")))
	if err != nil {
		return err
	}
	s.instance = next
	for i := range counts {
		want := counts[i].Load() + 10
		err := eventually(func() error {
			if n := counts[i].Load(); n < want {
				return fmt.Errorf("client %d: got %d answers, want %d", i, n, want)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepAsking asks until it is told to stop. A question that is lost is asked again, once.
func (s *server) keepAsking(tcp bool, fit *regexp.Regexp, stop <-chan struct{}, count *atomic.Int64) error {
	all, err := questions([]string{"A", "api.shop.svc.cluster.local"})
	if err != nil {
		return err
	}
	q := all[0]
	q.TCP = tcp
	for ; ; count.Add(1) {
		select {
		case <-stop:
			return nil
		default:
		}
		r, _, err := s.ask(q)
		if err != nil {
			if r, _, err = s.ask(q); err != nil {
				return fmt.Errorf("after %d answers: %w", count.Load(), err)
			}
		}
		if !has(r, fit) || len(r.Answer) != 1 {
			return fmt.Errorf("after %d answers:\n%s", count.Load(), r)
		}
	}
}
