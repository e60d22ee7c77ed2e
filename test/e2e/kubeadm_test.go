package e2e

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/node"
)

const kubeadm = node.Address + ":2053" // CoreDNS with testdata/Corefile.kubeadm

// TestKubeadm has the Corefile of kubeadm, with one word replaced, serve the cluster: all its plugins are at work, pods
// have it for their resolver, and the scenario is as ever, while the Corefile is read anew.
func TestKubeadm(t *testing.T) {
	corefile, err := readCorefile("Corefile.kubeadm")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := kube.StartDNS(context.Background(), "coredns-kubeadm", corefile, kubeadm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s := begin(t, "kubeadm", kubeadm)
	s.page(":8080/health", `^OK$`)
	s.page(":8181/ready", `^OK$`)
	for _, plugin := range []string{"errors", cmp.Or(os.Getenv("KUBENAMES_DIRECTIVE"), "kubenames"), "prometheus", "forward", "cache", "loop", "loadbalance"} {
		s.page(":9153/metrics", `(?m)^coredns_plugin_enabled{name="`+plugin+`",server="dns://10.244.0.1:2053",.*} 1$`)
	}

	s.outside()
	s.insecure()
	s.shuffled()
	s.resolver()

	// The file changes now, and is looked at every 30 to 45 s: within the scenario, or not long after it.
	file := filepath.Join(os.Getenv(resolvers), "coredns-kubeadm.corefile")
	changed := time.Now()
	if err := os.WriteFile(file, []byte(strings.Replace(corefile, "ttl 30", "ttl 29", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	scenario(begin(t, "default", kubeadm))
	for s.ttl() != 29 {
		if time.Since(changed) > time.Minute {
			t.Fatalf("TTL %d %v after the Corefile was changed, want 29", s.ttl(), age(changed))
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.page(":8181/ready", `^OK$`)
	s.page(":9153/metrics", `(?m)^coredns_reload_failed_total 0$`)
	s.page(":9153/metrics", `(?m)^coredns_panics_total 0$`)
}

// outside tells that forward has what is not the cluster's, that fallthrough leads there, and that cache keeps it.
func (s *story) outside() {
	s.Helper()
	s.says("www.example.org.", "A", "192.0.2.1")
	s.says(reverse("192.0.2.1"), "PTR", "www.example.org.")
	s.says("nosuch.example.org.", "A", "NXDOMAIN")
	if ttl := s.dig("www.example.org.", "A").Answer[0].Header().Ttl; ttl > 30 {
		s.Errorf("www.example.org. A: TTL %d, want at most the cache's 30", ttl)
	}
	s.page(":9153/metrics", `(?m)^coredns_cache_hits_total{server="dns://10.244.0.1:2053",type="success",.*} [1-9]`)
	s.page(":9153/metrics", `(?m)^coredns_proxy_request_duration_seconds_count{proxy_name="forward",.*to="127\.0\.0\.1:53"} [1-9]`)
}

// insecure tells that pods have names, whether they are there or not.
func (s *story) insecure() {
	s.Helper()
	s.says("10-244-0-1.default.pod.cluster.local.", "A", "10.244.0.1")
	s.says("192-0-2-1.default.pod.cluster.local.", "A", "192.0.2.1")
	s.says("10-244-0-1.nosuch.pod.cluster.local.", "A", "NXDOMAIN")
}

// shuffled tells that loadbalance gives a headless Service's addresses in every order.
func (s *story) shuffled() {
	s.Helper()
	s.put("twins")
	s.follows("headless", "http", 8080, notice, count(2))
	first := map[string]bool{}
	for i := 0; i < 100 && len(first) < 2; i++ {
		first[s.dig(s.full("headless"), "A").Answer[0].String()] = true
	}
	if len(first) != 2 {
		s.Errorf("headless A: the first is always %v", first)
	}
}

// resolver makes the story's server the one that pods have behind the cluster's DNS Service, until the story ends.
func (s *story) resolver() {
	s.Helper()
	s.apply("client.yaml")
	client := s.pod("client")
	lead := func(port, ttl int) {
		s.kubectl("--namespace", "kube-system", "patch", "endpointslice/kube-dns-node", "--type=json", "-p", fmt.Sprintf(
			`[{"op":"replace","path":"/ports/0/port","value":%d},{"op":"replace","path":"/ports/1/port","value":%[1]d}]`, port))
		for since := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			reply, err := dig.Run(client.Command(context.Background(), "dig", "+search", "kubernetes.default"))
			if err == nil && len(reply.Answer) == 1 && reply.Answer[0].Header().Ttl == uint32(ttl) {
				return
			}
			if time.Since(since) > patience {
				s.Fatalf("the pod's resolver is not on port %d: %v, %v", port, err, reply)
			}
		}
	}
	s.Cleanup(func() { lead(53, 5) })
	lead(2053, 30)
}

// ttl is that of a name that is always there.
func (s *story) ttl() uint32 {
	s.Helper()
	reply := s.dig("kubernetes.default.svc.cluster.local.", "A")
	if len(reply.Answer) != 1 {
		s.Fatalf("kubernetes.default: got %s", dig.Show(reply))
	}
	return reply.Answer[0].Header().Ttl
}

// page waits until the node's page is like the pattern.
func (s *story) page(where, pattern string) {
	s.Helper()
	is := regexp.MustCompile(pattern)
	for since := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		text, err := get("http://" + node.Address + where)
		if err == nil && is.MatchString(text) {
			return
		}
		if time.Since(since) > 5*time.Second {
			s.Fatalf("%s: nothing is like %s in %d bytes: %v", where, pattern, len(text), err)
		}
	}
}

func get(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
