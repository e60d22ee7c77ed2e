package kubenames

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/edns"
	"github.com/coredns/coredns/plugin/test"
	"github.com/miekg/dns"
)

// onlooker is a plugin right in front of ours. With an argument it stands in the way of bytes.
type onlooker struct {
	next    plugin.Handler
	between bool
}

const onlookers = "onlooker"

func init() {
	plugin.Register(onlookers, func(c *caddy.Controller) error {
		o := onlooker{between: c.Next() && c.NextArg()}
		dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
			o.next = next
			return o
		})
		return nil
	})
}

// withOnlookers makes the plugin known for a test.
func withOnlookers(t *testing.T) {
	before := slices.Clone(dnsserver.Directives)
	dnsserver.Directives = slices.Insert(dnsserver.Directives, slices.Index(dnsserver.Directives, name), onlookers)
	t.Cleanup(func() { dnsserver.Directives = before })
}

// seen is the way of the last answer, as the onlooker saw it.
var seen atomic.Pointer[string]

func (onlooker) Name() string { return onlookers }

func (o onlooker) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	s, ok := straightTo(w)
	said := fmt.Sprint(ok)
	if ok && s.shuffled {
		said += " shuffled"
	}
	if ok && s.recorder != nil {
		said += " counted"
	}
	seen.Store(&said)
	if o.between {
		w = between{w}
	}
	return plugin.NextOrFailure(onlookers, o.next, ctx, w, r)
}

// Bytes go straight to the client where all that stand in front of us pass on what they get, and nowhere else.
func TestStraight(t *testing.T) {
	withOnlookers(t)
	captureLog(t)
	weights := t.TempDir() + "/weights"
	if err := os.WriteFile(weights, []byte("web.n.svc.cluster.local.\n10.96.0.1 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ around, udp, tcp string }{
		{"", "true", "true"},
		{"errors\nready 127.0.0.1:0\nprometheus 127.0.0.1:0\ncache 30\nloadbalance", "true shuffled counted", "true shuffled counted"},
		{"bufsize 600\nroot .\nmetadata\nchaos\ntransfer {\nto *\n}", "true", "true"},
		{"loadbalance weighted " + weights, "false", "false"},
		{"log", "false", "false"},
		{"minimal", "false", "false"},
		{"header {\nresponse set ra\n}", "false", "false"},
		{"rewrite name other.n.svc.cluster.local web.n.svc.cluster.local", "true", "true"}, // as nothing is to be rewritten
		{"prometheus 127.0.0.1:0\nrewrite ttl regex .* 7", "false", "false"},
		{"shed", "false", "true"}, // it decorates the library's own writer, of UDP
	} {
		s := startIn(t, "cluster.local {\nbind 127.0.0.1\n"+c.around+"\nonlooker\nkubenames cluster.local {\nmanifests cluster.yaml\n}\n}")
		for _, way := range []struct{ network, addr, want string }{{"udp", s.udp, c.udp}, {"tcp", s.tcp, c.tcp}} {
			client := dns.Client{Net: way.network, Timeout: patience}
			m, _, err := client.Exchange(new(dns.Msg).SetQuestion("web.n.svc.cluster.local.", dns.TypeA), way.addr)
			if err != nil || len(m.Answer) != 1 {
				t.Errorf("%q over %s: %v, %v", c.around, way.network, m, err)
			}
			if got := *seen.Load(); got != way.want {
				t.Errorf("%q over %s: got %s, want %s", c.around, way.network, got, way.want)
			}
		}
	}
	if _, ok := straightTo(&test.ResponseWriter{}); ok {
		t.Error("a straight way to no client")
	}
}

// someObjects is a cluster with answers of many kinds and sizes.
func someObjects() string {
	all := fewObjects + "\n---\n{kind: Service, apiVersion: v1, metadata: {name: out, namespace: n}, spec: {type: ExternalName, externalName: a.example.org}}\n" +
		"---\n{kind: Service, apiVersion: v1, metadata: {name: two, namespace: n}, spec: {clusterIPs: [10.96.0.2, 'fd00::2'], ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}}\n"
	all += strings.ReplaceAll(serviceManifest("db", 3, 1)+serviceManifest("many", 90, 0)+serviceManifest("lots", 1200, 0), "shop", "n")
	return regexp.MustCompile(`-(\d{1,3}),`).ReplaceAllStringFunc(all, func(n string) string { return "-" + strings.Repeat("0", 5-len(n)) + n[1:] }) // of one length
}

// What is answered in bytes is answered as a message, and counted the same.
func TestStraightSaysTheSame(t *testing.T) {
	withOnlookers(t)
	captureLog(t)
	const corefile = "cluster.local in-addr.arpa example.org {\nbind 127.0.0.1\nprometheus 127.0.0.1:0\nloadbalance\nonlooker%s\n" +
		"kubenames cluster.local in-addr.arpa {\nmanifests cluster.yaml\nfallthrough in-addr.arpa\n}\n}"
	straight, around := startWith(t, someObjects(), fmt.Sprintf(corefile, "")), startWith(t, someObjects(), fmt.Sprintf(corefile, " between"))
	odd := new(dns.Msg).SetQuestion("web.n.svc.cluster.local.", dns.TypeA)
	odd.SetEdns0(1232, false)
	odd.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_LOCAL{Code: 65001, Data: []byte("a")}, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0011223344556677"}}
	edns.SetSupportedOption(65001) // as a plugin may do: the server says it again
	flags := new(dns.Msg).SetQuestion("web.n.svc.cluster.local.", dns.TypeA)
	flags.SetEdns0(1232, true)
	flags.IsEdns0().Hdr.Ttl |= 0x4000
	chaos := new(dns.Msg).SetQuestion("web.n.svc.cluster.local.", dns.TypeA)
	chaos.Question[0].Qclass = dns.ClassCHAOS
	notify := new(dns.Msg).SetNotify("cluster.local.")
	all := []*dns.Msg{odd, flags, chaos, notify}
	for _, name := range []string{"web.n.svc.cluster.local.", "Web.N.svc.Cluster.local.", "_http._tcp.web.n.svc.cluster.local.", "two.n.svc.cluster.local.",
		"db.n.svc.cluster.local.", "_http._tcp.db.n.svc.cluster.local.", "db-0001.db.n.svc.cluster.local.", "many.n.svc.cluster.local.",
		"_http._tcp.many.n.svc.cluster.local.", "lots.n.svc.cluster.local.", "_http._tcp.lots.n.svc.cluster.local.", "out.n.svc.cluster.local.", "nosuch.n.svc.cluster.local.", "cluster.local.",
		"ns.dns.cluster.local.", "dns-version.cluster.local.", "1.0.96.10.in-addr.arpa.", "9.9.9.9.in-addr.arpa.", "a\\.b.n.svc.cluster.local.", "example.org."} {
		for _, typ := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeNS, dns.TypeSOA, dns.TypeTXT, dns.TypeCNAME, dns.TypeANY, dns.TypeDS, 65280} {
			for _, edns := range []int{0, 4096} {
				m := new(dns.Msg).SetQuestion(name, typ)
				m.CheckingDisabled = typ == dns.TypeSOA
				if edns > 0 {
					m.SetEdns0(uint16(edns), edns > 600)
				}
				all = append(all, m)
			}
		}
	}
	for _, m := range all {
		for _, network := range []string{"udp", "tcp"} {
			client := dns.Client{Net: network, Timeout: patience, UDPSize: dns.MaxMsgSize - 1}
			var said [2][]string
			for i, addr := range []string{straight.udp, around.udp} {
				r, _, err := client.Exchange(m, addr)
				if err != nil {
					t.Fatal(m.Question, err)
				}
				for _, rr := range slices.Concat(r.Answer, r.Ns) {
					if soa, ok := rr.(*dns.SOA); ok {
						soa.Serial = 0 // when the server has read the manifests
					}
				}
				said[i] = append(brief(r), fmt.Sprint(r.Question, r.IsEdns0()))
			}
			if !slices.Equal(said[0], said[1]) {
				t.Fatalf("%v over %s: bytes\n%s\nmessage\n%s", m.Question, network, strings.Join(said[0], "\n"), strings.Join(said[1], "\n"))
			}
		}
	}
	if trouble := eventually(func() string { // who was answered may be counted a moment later
		return sameSeries(t, "dns://"+straight.udp, "dns://"+around.udp)
	}); trouble != "" {
		t.Error(trouble)
	}
}
