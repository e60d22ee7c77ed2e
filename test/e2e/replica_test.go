package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/node"
)

const replica = node.Address + ":3053" // CoreDNS with testdata/Corefile.replica

// TestReplicas starts a second server long after the first: from the next change on both have the same serials, which move
// with what DNS can see and with nothing else, and a transfer is the zone.
func TestReplicas(t *testing.T) {
	corefile, err := readCorefile("Corefile.replica")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := kube.StartDNS(context.Background(), "coredns-replica", corefile, replica)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s := begin(t, "replicas", server)
	s.put("twins")
	s.follows("headless", "http", 8080, notice, count(2))
	forward := s.unlike()

	records := s.transfer("cluster.local.")
	first, last := records[0].(*dns.SOA), records[len(records)-1].(*dns.SOA)
	if first.Serial != forward || last.Serial != forward {
		s.Errorf("transfer: serials %d and %d, want %d", first.Serial, last.Serial, forward)
	}
	found := map[string]int{}
	for _, rr := range records {
		found[rr.Header().Name+" "+dns.TypeToString[rr.Header().Rrtype]]++
	}
	for name, want := range map[string]int{
		s.full("headless") + " A": 2, s.full("service") + " A": 1,
		"kubernetes.default.svc.cluster.local. SRV": 1, "dns-version.cluster.local. TXT": 1,
	} {
		if found[name] != want {
			s.Errorf("transfer: %d records %s, want %d", found[name], name, want)
		}
	}
}

// unlike makes changes that the forward zone shows and the reverse zone does not, until nothing else happens meanwhile, and
// returns the serial of the forward zone.
func (s *story) unlike() uint32 {
	s.Helper()
	s.kubectl("annotate", "service/headless", "note=nothing") // which nobody can see
	for since := time.Now(); ; {
		forward, backward := s.agreed("cluster.local.", 0), s.agreed("in-addr.arpa.", 0)
		alias := fmt.Sprint("alias-", forward)
		s.kubectl("create", "service", "externalname", alias, "--external-name", "www.example.org")
		s.becomes(s.full(alias), "CNAME", "CNAME www.example.org.", time.Now(), notice)
		forward = s.agreed("cluster.local.", forward)
		if s.agreed("in-addr.arpa.", 0) == backward {
			return forward
		}
		if time.Since(since) > patience {
			s.Fatal("in-addr.arpa: the serial moves with changes that it does not show")
		}
	}
}

// agreed is the serial that both servers come to have, and which is not the old one.
func (s *story) agreed(zone string, old uint32) uint32 {
	s.Helper()
	for since := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		a, b := s.serial(server, zone), s.serial(replica, zone)
		if a == b && a != old {
			return a
		}
		if time.Since(since) > patience {
			s.Fatalf("%s: serials %d and %d, want the same, and not %d", zone, a, b, old)
		}
	}
}

func (s *story) serial(server, zone string) uint32 {
	s.Helper()
	reply, err := dns.Exchange(new(dns.Msg).SetQuestion(zone, dns.TypeSOA), server)
	if err != nil || len(reply.Answer) != 1 {
		s.Fatalf("%s SOA of %s: %v, %v", zone, server, err, reply)
	}
	return reply.Answer[0].(*dns.SOA).Serial
}

// transfer is the records of a zone, as a secondary gets them.
func (s *story) transfer(zone string) (all []dns.RR) {
	s.Helper()
	envelopes, err := new(dns.Transfer).In(new(dns.Msg).SetAxfr(zone), replica)
	if err != nil {
		s.Fatal(err)
	}
	for e := range envelopes {
		if e.Error != nil {
			s.Fatal(e.Error)
		}
		all = append(all, e.RR...)
	}
	if len(all) < 3 {
		s.Fatalf("transfer of %s: %v", zone, all)
	}
	return all
}
