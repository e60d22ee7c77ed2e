package kubenames

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	_ "github.com/coredns/coredns/plugin/acl"
	_ "github.com/coredns/coredns/plugin/any"
	_ "github.com/coredns/coredns/plugin/cancel"
	_ "github.com/coredns/coredns/plugin/dns64"
	_ "github.com/coredns/coredns/plugin/local"
	_ "github.com/coredns/coredns/plugin/multisocket"
	_ "github.com/coredns/coredns/plugin/nsid"
	_ "github.com/coredns/coredns/plugin/shed"
	_ "github.com/coredns/coredns/plugin/view"
	_ "github.com/coredns/coredns/plugin/whoami"
)

const fewObjects = `{kind: List, apiVersion: v1, items: [
	{kind: Namespace, apiVersion: v1, metadata: {name: n}},
	{kind: Service, apiVersion: v1, metadata: {name: web, namespace: n}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}},
	{kind: Pod, apiVersion: v1, metadata: {name: me, namespace: n}, spec: {nodeName: x}, status: {phase: Running, podIPs: [{ip: 127.0.0.1}]}}]}`

// startIn starts a server with its few objects.
func startIn(t *testing.T, corefile string) *server {
	t.Helper()
	return startWith(t, fewObjects, corefile)
}

// startWith starts a server with those in manifests.
func startWith(t *testing.T, manifests, corefile string) *server {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("cluster.yaml", []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := startServer(corefile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// plainly asks over UDP, and returns the rcode.
func (s *server) plainly(m *dns.Msg) (int, error) {
	c := dns.Client{Timeout: patience}
	r, _, err := c.Exchange(m, s.udp)
	if err != nil {
		return 0, err
	}
	return r.Rcode, nil
}

// laneOf is what the lanes of the server have answered; -1 if it has none.
func (s *server) laneOf() int {
	_, port, _ := net.SplitHostPort(s.udp)
	taken := -1
	for _, l := range running.now() {
		if strings.HasSuffix(l.server, ":"+port) {
			taken = max(taken, 0) + int(l.Stats().Taken)
		}
	}
	return taken
}

// boards waits for the lane: the servers have just begun to serve.
func (s *server) boards(t *testing.T) {
	t.Helper()
	if trouble := eventually(func() string {
		if s.laneOf() < 0 {
			return "there is no lane"
		}
		return ""
	}); trouble != "" {
		t.Fatal(trouble)
	}
}

// What stands around us says which questions are for the lane, and the log says why not.
func TestPluginsAroundTheLane(t *testing.T) {
	type questions map[string]bool // answered by the lane
	all := questions{"A web.n.svc.cluster.local.": true, "A nosuch.n.svc.cluster.local.": true, "ANY web.n.svc.cluster.local.": true,
		"PTR 1.0.96.10.in-addr.arpa.": true, "PTR 9.9.9.9.in-addr.arpa.": true, "DS web.n.svc.cluster.local.": false,
		"AXFR cluster.local.": false, "A example.org.": false}
	but := func(change questions) questions {
		q := questions{}
		for k, v := range all {
			q[k] = v
		}
		for k, v := range change {
			q[k] = v
		}
		return q
	}
	none := questions{}
	for q := range all {
		none[q] = false
	}
	for _, c := range []struct {
		around, option string
		want           questions
		reason         string
	}{
		{"errors\ncancel\nnsid\nshed\nbufsize\nprometheus 127.0.0.1:0\nmetadata\nloadbalance\nchaos\nroot .\ntransfer {\nto *\n}", "", all, ""},
		{"whoami\nforward . 127.0.0.1:1\nloop", "", all, ""},
		{"cache 30", "", all, ""},
		{"", "fallthrough in-addr.arpa", but(questions{"PTR 9.9.9.9.in-addr.arpa.": false}), ""},
		{"cache 30", "fallthrough in-addr.arpa", but(questions{"PTR 9.9.9.9.in-addr.arpa.": false, "PTR 1.0.96.10.in-addr.arpa.": false}), ""},
		{"autopath @kubenames", "", but(questions{"A nosuch.n.svc.cluster.local.": false, "PTR 9.9.9.9.in-addr.arpa.": false}), ""},
		{"any", "", but(questions{"ANY web.n.svc.cluster.local.": false}), ""},
		{"multisocket 3", "", all, ""},
		{"loadbalance round_robin {\nprefer 10.0.0.0/8\n}", "", none, "loadbalance"},
		{"log", "", none, "log"},
		{"acl {\nallow\n}", "", none, "acl"},
		{"rewrite name a.example. b.example.", "", none, "rewrite"},
		{"header {\nresponse set ra\n}", "", none, "header"},
		{"minimal", "", none, "minimal"},
		{"template IN A example. {\nrcode NXDOMAIN\n}", "", none, "template"},
		{"hosts /dev/null", "", none, "hosts"},
		{"dns64", "", none, "dns64"},
		{"local", "", none, "local"},
		{"tsig {\nsecret a.example. AAAA\n}", "", none, "tsig"},
		{"k8s_external ext.test", "", none, "k8s_external"},
		{"view other {\nexpr true\n}", "", none, "view"},
	} {
		t.Run(strings.ReplaceAll(c.around+" "+c.option, "\n", " "), func(t *testing.T) {
			logged := captureLog(t)
			s := startIn(t, "cluster.local in-addr.arpa {\nbind 127.0.0.1\n"+c.around+
				"\nkubenames {\nmanifests cluster.yaml\npods verified\nexpress 2\n"+c.option+"\n}\n}")
			if trouble := eventually(func() string { // the servers have just begun to serve
				if express := s.laneOf() >= 0; express == (c.reason != "") {
					return "there is a lane: " + fmt.Sprint(express)
				}
				return ""
			}); trouble != "" {
				t.Fatal(trouble, logged)
			}
			if trouble := eventually(func() string {
				if want := "is not for the express lane: " + c.reason + "\n"; c.reason != "" && !strings.Contains(logged.String(), want) {
					return "log has no " + want
				}
				return ""
			}); trouble != "" {
				t.Error(trouble, logged)
			}
			for q, want := range c.want {
				before := max(s.laneOf(), 0)
				typ, qname, _ := strings.Cut(q, " ")
				if _, err := s.plainly(new(dns.Msg).SetQuestion(qname, dns.StringToType[typ])); err != nil {
					t.Errorf("%s: %v", q, err)
				}
				if got := max(s.laneOf(), 0) > before; got != want {
					t.Errorf("%s: answered by the lane %t, want %t", q, got, want)
				}
			}
		})
	}
}

// Blocks that share a listener: the longest zone decides, whether it is for the lane or not.
func TestBlocksOfOneListener(t *testing.T) {
	s := startIn(t, `cluster.local {
	bind 127.0.0.1
	kubenames {
		manifests cluster.yaml
		express 1
	}
}
n.svc.cluster.local example.org {
	bind 127.0.0.1
	shed
	whoami
}`)
	s.boards(t)
	for qname, want := range map[string]string{"cluster.local.": "lane", "web.n.svc.cluster.local.": "server", "www.example.org.": "server", "example.com.": "server"} {
		before := s.laneOf()
		rcode, err := s.plainly(new(dns.Msg).SetQuestion(qname, dns.TypeSOA))
		if err != nil {
			t.Errorf("%s: %v", qname, err)
		}
		if got := map[bool]string{true: "lane", false: "server"}[s.laneOf() > before]; got != want {
			t.Errorf("%s: %s by the %s, want by the %s", qname, dns.RcodeToString[rcode], got, want)
		}
	}
}

// The option wants numbers.
func TestExpressOption(t *testing.T) {
	for option, want := range map[string]string{
		"express": "", "express 3": "", "express 3 100": "", "express 0": "want a number of sockets", "express x": "want a number of sockets",
		"express 257": "want a number of sockets", "express 1 0": "want a number of questions", "express 1 2 3": "want [SOCKETS [QUESTIONS]]",
	} {
		starting.Lock()
		_, err := parse(caddy.NewTestController("dns", "kubenames cluster.local {\n"+option+"\n}"))
		starting.Unlock()
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: got the error %v, want %q", option, err, want)
		}
	}
}

// Blocks of CoreDNS are where they are looked for.
func TestInside(t *testing.T) {
	c := &dnsserver.Config{Transport: "dns", Port: "53", ListenHosts: []string{"127.0.0.1", "::1"}}
	if opcodes(c) {
		t.Error("a block without plugins wants other messages")
	}
	c.AllowOpcode(dns.OpcodeUpdate)
	if !opcodes(c) {
		t.Error("that a block wants other messages is not seen")
	}
	if got := fmt.Sprint(listeners(c)); got != "[dns://127.0.0.1:53 dns://[::1]:53]" {
		t.Error(got)
	}
	if _, err := blocks(nil); err == nil {
		t.Error("no error where there are no blocks")
	}
}
