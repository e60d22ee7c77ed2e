package kubenames

import (
	"context"
	"testing"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	external "github.com/coredns/coredns/plugin/k8s_external"
	intree "github.com/coredns/coredns/plugin/kubernetes"
	"github.com/miekg/dns"
)

// named is a handler of some name.
type named struct {
	name string
	next plugin.Handler
}

func (n *named) Name() string { return n.name }

func (n *named) ServeDNS(context.Context, dns.ResponseWriter, *dns.Msg) (int, error) { return 0, nil }

// What looks for the handler named kubernetes finds ours, unless there is a real one; and nobody else takes it for ours.
func TestRegister(t *testing.T) {
	var _ external.Externaler = (*kubernetes)(nil)
	for _, behind := range []string{"", "forward", "kubernetes"} {
		config, k := &dnsserver.Config{Zone: "."}, &Kubenames{}
		k.register(config)
		if behind != "" {
			config.AddPlugin(func(next plugin.Handler) plugin.Handler { return &named{behind, next} })
		}
		for range 2 { // the chain is made once for each address that is listened on
			if _, err := dnsserver.NewServer("127.0.0.1:0", []*dnsserver.Config{config}); err != nil {
				t.Fatal(err)
			}
			if config.Handler(name) != k {
				t.Errorf("before %q: %s is not registered", behind, name)
			}
			other, ours := config.Handler(handlerName).(*kubernetes)
			if ours != (behind != "kubernetes") || ours && other.k != k {
				t.Errorf("before %q: as kubernetes there is %#v", behind, config.Handler(handlerName))
			}
			if n, _ := k.Next.(*named); (n != nil) != (behind != "") || n != nil && n.name != behind {
				t.Errorf("before %q: next is %v", behind, k.Next)
			}
			if behind == "" && k.Next != nil {
				t.Errorf("at the end: next is %v", k.Next)
			}
		}
	}
	var h plugin.Handler = &kubernetes{}
	for what, is := range map[string]bool{
		"ready": is[interface{ Ready() bool }](h), "cache": is[interface{ CacheBypassZones() []string }](h),
		"transfer": is[interface {
			Transfer(string, uint32) (<-chan []dns.RR, error)
		}](h),
	} {
		if is {
			t.Errorf("%s would ask the handler that only has another's name", what)
		}
	}
}

func is[I any](h plugin.Handler) bool { _, ok := h.(I); return ok }

// The ends of keys are those that k8s_external looks for.
func TestExternalKeys(t *testing.T) {
	if keyEndpoint != "/"+intree.Endpoint || keyPort != "/"+intree.PortProtocol {
		t.Errorf("got %q and %q, want %q and %q", keyEndpoint, keyPort, intree.Endpoint, intree.PortProtocol)
	}
}

// Labels of pods and external IPs cost memory, and are known only where another plugin asks for them.
func TestWantedIfUsed(t *testing.T) {
	t.Chdir(t.TempDir())
	const objects = `{kind: List, apiVersion: v1, items: [
		{kind: Service, apiVersion: v1, metadata: {name: a, namespace: n}, spec: {clusterIP: 10.0.0.1, externalIPs: [192.0.2.1]}},
		{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: n, labels: {a: b}}, status: {phase: Running, podIP: 10.1.0.1}}]}`
	if err := writeFile("cluster.yaml", []byte(objects)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		around          string
		labels, outside bool
	}{
		{"", false, false},
		{"metadata", true, false},
		{"k8s_external ext.test", false, true},
		{"metadata\nk8s_external ext.test", true, true},
		{"metadata\nk8s_external ext.test\nkubernetes {\nendpoint http://127.0.0.1:1\nstartup_timeout 1ms\n}", true, false},
	} {
		s, err := startServer(". {\nbind 127.0.0.1\n" + c.around + "\nkubenames cluster.local {\nmanifests cluster.yaml\npods verified\n}\n}")
		if err != nil {
			t.Fatalf("%s: %v", c.around, err)
		}
		z := s.handlers[0].zone
		if got := z.Client(addresses("10.1.0.1")[0]).Labels != nil; got != c.labels {
			t.Errorf("%q: labels are kept: %t", c.around, got)
		}
		all, _ := z.Outside([]string{"a", "n"}, false)
		if got := len(all) > 0; got != c.outside {
			t.Errorf("%q: external IPs are kept: %t", c.around, got)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}
}
