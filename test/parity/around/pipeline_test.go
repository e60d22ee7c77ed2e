package around

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// TestPipeline asks much at once on one connection, and takes the answers as they come.
func TestPipeline(t *testing.T) {
	p := start(t, `.:PORT {
    bind HOST
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
    }
}
`)
	var all []question
	for range 20 {
		some, err := questions(strings.Fields("A,AAAA,SRV,TXT api.shop.svc.cluster.local db.shop.svc.cluster.local " +
			"crowd.shop.svc.cluster.local nosuch.shop.svc.cluster.local +tcp"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	replies := map[*server][]string{}
	p.both(func(s *server) (err error) {
		replies[s], err = s.pipeline(all)
		return err
	})
	for i, q := range all {
		if theirs, ours := replies[p.theirs][i], replies[p.ours][i]; theirs != ours || ours == "" {
			t.Errorf("%s: theirs\n%s\nours\n%s", q.text, theirs, ours)
		}
	}
}

// pipeline asks all in one write, and returns the replies in the order of the questions.
func (s *server) pipeline(all []question) ([]string, error) {
	conn, err := s.dial(all[0])
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		for i, q := range all {
			m := q.msg()
			m.Id = uint16(i)
			if conn.WriteMsg(m) != nil {
				return
			}
		}
	})
	replies := make([]string, len(all))
	for i := range all {
		packet, err := conn.ReadMsgHeader(nil)
		if err != nil {
			return nil, fmt.Errorf("after %d of %d replies: %w", i, len(all), err)
		}
		var head dns.Msg
		if err := head.Unpack(packet); err != nil {
			return nil, err
		}
		if int(head.Id) >= len(all) || replies[head.Id] != "" {
			return nil, fmt.Errorf("id %d: not asked, or answered before", head.Id)
		}
		r, _, err := all[head.Id].read(&head, packet)
		if err != nil {
			return nil, err
		}
		replies[head.Id] = r.String()
	}
	return replies, nil
}
