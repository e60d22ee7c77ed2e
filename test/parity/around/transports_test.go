package around

import (
	"context"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// TestTransports asks over everything that CoreDNS listens on.
func TestTransports(t *testing.T) {
	p := start(t, transportsCorefile)
	for name, over := range transports {
		t.Run(name, func(t *testing.T) {
			for _, line := range []string{
				"A api.shop.svc.cluster.local", "AAAA aPi.shop.SVC.cluster.local +edns=1232 +do", "SRV db.shop.svc.cluster.local +edns=1232",
				"A nosuch.shop.svc.cluster.local", "TXT api.shop.svc.cluster.local +edns=512", "PTR 10.0.96.10.in-addr.arpa",
				"A away.shop.svc.cluster.local alias.shop.svc.cluster.local", "SRV,A crowd.shop.svc.cluster.local +edns=65535",
				"SRV,A crowd.shop.svc.cluster.local",
			} {
				all, err := questions(strings.Fields(line))
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range all {
					q.TCP = name != "udp"
					theirs, theirsBeside, theirsLength := carry(t, p.theirs, over, q)
					ours, oursBeside, length := carry(t, p.ours, over, q)
					if !equal(theirs, ours) {
						t.Errorf("%s:\n%s", q.text, show(theirs, ours))
					}
					if theirsBeside != oursBeside {
						t.Errorf("%s: got %q, theirs is %q", q.text, oursBeside, theirsBeside)
					}
					if length > theirsLength && !ours.TC { // bytes are always compressed (D60)
						t.Errorf("%s: got %d bytes, theirs is %d", q.text, length, theirsLength)
					}
					if whole := len(ours.Answer) == crowd; q.Name == "crowd.shop.svc.cluster.local." && q.TCP && whole == ours.TC {
						t.Errorf("%s: %d records, tc %t", q.text, len(ours.Answer), ours.TC)
					}
				}
			}
		})
	}
}

// carry asks one question. It returns the reply, what the transport says beside it, and how long it is.
func carry(t *testing.T, s *server, over transport, q question) (reply dialog.Reply, beside string, length int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	m := q.msg()
	m.Id = 0 // as RFC 8484 4.1 and RFC 9250 4.2.1 want it
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	answer, beside, err := over(ctx, s, packet)
	if err != nil {
		t.Fatalf("%s: %s: %v", s.plugin, q.text, err)
	}
	reply, _, err = q.read(m, answer)
	if err != nil {
		t.Fatalf("%s: %v", s.plugin, err)
	}
	return reply, beside, len(answer)
}
