package e2e

import (
	"context"
	"testing"
	"time"
)

// TestBehindCache puts `cache 30` in front: what it could remember, it must not.
func TestBehindCache(t *testing.T) {
	corefile, err := readCorefile("Corefile.cache")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := kube.StartDNS(context.Background(), "coredns-cache", corefile, behind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s := begin(t, "cached", behind)

	s.says(s.full("web"), "A", "NXDOMAIN")
	s.says(s.full("web-1.web"), "A", "NXDOMAIN")
	s.apply("statefulset.yaml")
	one, since := s.settle("web", has("web-0"))
	s.becomes(s.full("web-0.web"), "A", at(one, "web-0"), since, promise)
	two, since := s.settle("web", has("web-1"))
	s.becomes(s.full("web-1.web"), "A", at(two, "web-1"), since, promise)
	s.follows("web", "http", 80, promise, count(2))
	s.says(s.full("web-2.web"), "A", "NXDOMAIN")
	s.kubectl("scale", "statefulset/web", "--replicas=3")
	three := s.follows("web", "http", 80, promise, count(3))
	s.individuals(three)
	s.restart(three)

	s.kubectl("delete", "service/web")
	gone := time.Now()
	s.becomes(s.full("web"), "A", "NXDOMAIN", gone, promise)
	s.becomes(s.full("web-0.web"), "A", "NXDOMAIN", gone, promise)
	s.kubectl("create", "service", "clusterip", "web", "--tcp=80")
	made := time.Now()
	s.becomes(s.full("web"), "A", s.get("service/web", ".spec.clusterIP"), made, notice)
}
