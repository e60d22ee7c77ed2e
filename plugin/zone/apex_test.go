package zone

import (
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// TestServers: the NS records that are remembered are those of the addresses that the server listens on now, and of the
// cluster as it is now.
func TestServers(t *testing.T) {
	z, s := sized(t, 10)
	servers := func() string {
		a := ask(t, z, new(dns.Msg).SetQuestion("cluster.local.", dns.TypeNS), true)
		var all []string
		for _, rr := range a.msg.Answer {
			all = append(all, rr.(*dns.NS).Ns)
		}
		return strings.Join(all, " ")
	}
	expect := func(when, want string) {
		t.Helper()
		for range 2 {
			if got := servers(); got != want {
				t.Errorf("%s: got %s, want %s", when, got, want)
			}
		}
	}
	expect("nothing is listened on", "ns.dns.cluster.local.")
	z.Listen(parse([]string{"10.3.0.2"}))
	expect("an endpoint is", "ep-0.h10.testns.svc.cluster.local. 10-3-0-1.h10.testns.svc.cluster.local. ep-2.h10.testns.svc.cluster.local. "+
		"10-3-0-3.h10.testns.svc.cluster.local. ep-4.h10.testns.svc.cluster.local. 10-3-0-5.h10.testns.svc.cluster.local. "+
		"ep-6.h10.testns.svc.cluster.local. 10-3-0-7.h10.testns.svc.cluster.local. ep-8.h10.testns.svc.cluster.local. 10-3-0-9.h10.testns.svc.cluster.local.")
	z.Update(s, s.Apply(cluster.Gone(cluster.Ref{Kind: cluster.KindSlice, Namespace: "testns", Name: "h10-00000"})))
	z.Update(s, s.Release(time.Now().Add(time.Hour)))
	expect("it is gone", "ns.dns.cluster.local.")
}
