package e2e

import (
	"testing"

	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// TestStatefulSet is a database of two, then three: each pod has a name of its own, which keeps up with its address.
func TestStatefulSet(t *testing.T) {
	s := begin(t, "stateful", server)
	web2 := s.full("web-2.web")
	s.says(web2, "A", "NXDOMAIN")
	s.apply("statefulset.yaml")
	s.follows("web", "http", 80, promise, count(2))

	s.says(web2, "A", "NXDOMAIN")
	s.kubectl("scale", "statefulset/web", "--replicas=3")
	endpoints, since := s.settle("web", has("web-2"))
	s.becomes(web2, "A", at(endpoints, "web-2"), since, promise)
	s.follows("web", "http", 80, promise, count(3))

	s.individuals(endpoints)
	s.says(s.full("web"), "SRV", s.targets("web", 80, endpoints))
	s.says(s.full(label(witness.Endpoint{Address: at(endpoints, "web-0")})+".web"), "A", "NXDOMAIN")
	if got := dig.Show(s.dig(web2, "A")); got != at(endpoints, "web-2") {
		t.Errorf("dig %s: got %s, want %s", web2, got, at(endpoints, "web-2"))
	}
	if got := dig.Show(s.dig("-x", at(endpoints, "web-2"))); got != web2 {
		t.Errorf("dig -x %s: got %s, want %s", at(endpoints, "web-2"), got, web2)
	}

	s.restart(endpoints)

	s.kubectl("scale", "statefulset/web", "--replicas=1")
	last := s.follows("web", "http", 80, promise, count(1))
	s.individuals(last)
	s.says(web2, "A", "NXDOMAIN")
}

// individuals tells that every pod's own name has its address, port and way back.
func (s *story) individuals(endpoints []witness.Endpoint) {
	s.Helper()
	for _, e := range endpoints {
		name := s.full(e.Hostname + ".web")
		s.says(name, "A", e.Address)
		s.says(name, "SRV", "0 100 80 "+name)
		s.says(reverse(e.Address), "PTR", name)
	}
}

// restart replaces the pods one by one, the last first. Each name goes, and comes back with another address.
func (s *story) restart(before []witness.Endpoint) {
	s.Helper()
	s.kubectl("rollout", "restart", "statefulset/web")
	for _, host := range []string{"web-2", "web-1", "web-0"} {
		old := at(before, host)
		_, since := s.settle("web", func(now []witness.Endpoint) bool { return at(now, host) != old })
		s.becomes(reverse(old), "PTR", "NXDOMAIN", since, promise)
		now, since := s.settle("web", func(now []witness.Endpoint) bool { return has(host)(now) && at(now, host) != old })
		s.becomes(s.full(host+".web"), "A", at(now, host), since, promise)
		s.becomes(reverse(at(now, host)), "PTR", s.full(host+".web"), since, promise)
	}
	s.individuals(s.follows("web", "http", 80, notice, count(3)))
}

// at is the address of the endpoint with the hostname; empty: there is none.
func at(endpoints []witness.Endpoint, hostname string) string {
	for _, e := range endpoints {
		if e.Hostname == hostname {
			return e.Address
		}
	}
	return ""
}

// has wants an endpoint with the hostname.
func has(hostname string) func([]witness.Endpoint) bool {
	return func(list []witness.Endpoint) bool { return at(list, hostname) != "" }
}
