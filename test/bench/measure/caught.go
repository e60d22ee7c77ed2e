package measure

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
)

// catchUp returns once the contestant has read all that was written before. One that was halted may do nothing for a
// while and yet have most of it before itself: what the API server sent meanwhile was more than there was room for, and
// comes again when TCP finds it is time. So one more service is written, on whose Service and slice it has to have come to
// answer. Each of its endpoints is asked for once: caches keep what does not exist, too.
func (b *Bench) catchUp(who *contestant.Contestant, c *cluster.Cluster) error {
	b.strangers++
	s := stranger(c, b.strangers)
	s.Count = 24
	s = headless(c, s)
	conn, err := dns.Dial("udp", who.Address())
	if err != nil {
		return err
	}
	defer conn.Close()
	pause := time.Millisecond
	for j := range s.Count {
		address := c.Address(s.First + j)
		e := event{question: s.Hostname(j) + "." + s.FQDN(), right: func(_ int, got map[netip.Addr]bool) bool { return got[address] }}
		if right, err := e.seen(conn); err != nil || right {
			return err
		}
		time.Sleep(pause)
		pause += pause / 2
	}
	return fmt.Errorf("%s: does not catch up with the API server", who.Name)
}
