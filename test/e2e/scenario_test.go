package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/node"
	"github.com/kubenames/kubenames/test/e2e/player"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// TestScenario is what a user does first: a backend and a frontend, found by name from a pod, and then changed.
func TestScenario(t *testing.T) {
	scenario(begin(t, "default", server))
}

// scenario is told in the namespace default to the server that pods have for their resolver.
func scenario(s *story) {
	s.Helper()
	t := s.T
	s.apply("scenario.yaml")
	s.apply("client.yaml")
	client := s.pod("client")
	first := s.follows("backend-headless", "http", 8080, notice, count(3))
	s.settle("frontend-service", count(3))
	backend := s.get("service/backend-service", ".spec.clusterIP")
	frontend := s.get("service/frontend-service", ".spec.clusterIP")

	for name, want := range map[string]string{
		"backend-service":                             backend,
		"backend-service.default":                     backend,
		"backend-service.default.svc":                 backend,
		"backend-service.default.svc.cluster.local":   backend,
		"backend-service.default.svc.cluster.local.":  backend,
		"frontend-service":                            frontend,
		"frontend-service.default.svc.cluster.local":  frontend,
		"backend-headless":                            addresses(first, false),
		"backend-headless.default.svc.cluster.local.": addresses(first, false),
		"backend-nowhere":                             "",
		"backend-service.nowhere":                     "",
	} {
		for _, library := range []string{"glibc", "musl"} {
			if got := resolve(t, client, library, name); got != want {
				t.Errorf("%s: %s: got %s, want %s", library, name, line(got), line(want))
			}
		}
	}
	for name, want := range map[string]string{
		"backend-service":         backend,
		"backend-service.default": backend,
		"backend-nowhere":         "NXDOMAIN",
	} {
		reply, err := dig.Run(client.Command(context.Background(), "dig", "+search", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := dig.Show(reply); got != want {
			t.Errorf("dig +search %s: got %s, want %s", name, line(got), line(want))
		}
	}
	s.says(s.full("backend-service"), "AAAA", "NODATA")
	s.says(s.full("backend-service"), "SRV", "0 100 8080 "+s.full("backend-service"))
	s.says(reverse(backend), "PTR", s.full("backend-service"))
	stays := func() {
		t.Helper()
		s.says(s.full("backend-service"), "A", backend)
	}

	s.kubectl("scale", "deployment/backend", "--replicas=5")
	s.follows("backend-headless", "http", 8080, notice, count(5))
	stays()
	s.kubectl("scale", "deployment/backend", "--replicas=1")
	s.follows("backend-headless", "http", 8080, notice, count(1))
	stays()
	s.kubectl("scale", "deployment/backend", "--replicas=3")
	before := s.follows("backend-headless", "http", 8080, notice, count(3))

	victim := s.podAt(before[0].Address)
	s.kubectl("delete", "--wait=false", "pod/"+victim)
	after := s.follows("backend-headless", "http", 8080, notice, func(now []witness.Endpoint) bool {
		return len(now) == 3 && !slices.Contains(now, before[0])
	})
	stays()

	sick := s.podAt(after[0].Address)
	s.kubectl("annotate", "pod/"+sick, player.Ready+"=false")
	s.follows("backend-headless", "http", 8080, notice, count(2))
	s.says(s.full(label(after[0])+".backend-headless"), "A", "NXDOMAIN")
	stays()
	s.kubectl("annotate", "pod/"+sick, player.Ready+"-")
	s.follows("backend-headless", "http", 8080, notice, count(3))
	s.says(s.full(label(after[0])+".backend-headless"), "A", after[0].Address)
	stays()
}

// podAt is the name of the pod with the address.
func (s *story) podAt(address string) string {
	s.Helper()
	return s.get("pods", `.items[?(@.status.podIP=="`+address+`")].metadata.name`)
}

// resolve is what getaddrinfo finds in the pod, one address a line, sorted; empty: nothing.
func resolve(t *testing.T, pod *node.Pod, library, name string) string {
	t.Helper()
	defer slow(t, time.Now(), "%s: %s", library, name)
	out, err := pod.Command(context.Background(), filepath.Join(os.Getenv(resolvers), library), name).Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 1 {
		return ""
	}
	if err != nil {
		t.Fatalf("%s: %s: %v", library, name, err)
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return strings.Join(found, "\n")
}
