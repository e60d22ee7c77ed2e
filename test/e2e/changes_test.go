package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/kubenames/kubenames/test/e2e/player"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// TestChanges is a Service through all that may become of it.
func TestChanges(t *testing.T) {
	t.Run("Namespace", testNamespace)
	t.Run("Type", testType)
	t.Run("NotReady", testNotReady)
	t.Run("DualStack", testDualStack)
	t.Run("Selectorless", testSelectorless)
	t.Run("Big", testBig)
}

// testNamespace deletes a namespace, with all that is in it.
func testNamespace(t *testing.T) {
	s := begin(t, "leaving", server)
	s.put("twins")
	endpoints := s.follows("headless", "http", 8080, notice, count(2))
	s.says("leaving.svc.cluster.local.", "A", "NODATA")
	address := s.get("service/service", ".spec.clusterIP")
	s.says(s.full("service"), "A", address)

	s.kubectl("delete", "namespace", "leaving", "--wait=false")
	s.kubectl("wait", "--for=delete", "--timeout=30s", "service/service", "service/headless")
	gone := time.Now()
	s.becomes(s.full("service"), "A", "NXDOMAIN", gone, notice)
	s.becomes(s.full("headless"), "A", "NXDOMAIN", gone, notice)
	s.becomes(reverse(address), "PTR", "NXDOMAIN", gone, notice)
	_, gone = s.settle("headless", count(0))
	s.becomes(reverse(endpoints[0].Address), "PTR", "NXDOMAIN", gone, notice)
	s.kubectl("wait", "--for=delete", "--timeout=30s", "namespace/leaving")
	s.becomes("leaving.svc.cluster.local.", "A", "NXDOMAIN", time.Now(), notice)
}

// testType makes one Service a cluster address, a headless one, another's name, and a cluster address again.
func testType(t *testing.T) {
	s := begin(t, "shapes", server)
	s.put("twins")
	s.follows("headless", "http", 8080, notice, count(2))
	name := s.full("shape")

	s.put("cluster address")
	since := time.Now()
	first := s.get("service/shape", ".spec.clusterIP")
	s.becomes(name, "A", first, since, notice)
	s.becomes("_http._tcp."+name, "SRV", "0 100 8080 "+name, since, notice)

	s.replace("headless")
	endpoints := s.follows("shape", "http", 8080, notice, count(2))
	s.says(reverse(first), "PTR", "NXDOMAIN")

	since = s.replace("external name")
	target := s.get("service/service", ".spec.clusterIP")
	s.becomes(name, "A", target+"\nCNAME "+s.full("service"), since, notice)
	s.becomes(name, "CNAME", "CNAME "+s.full("service"), since, notice)
	s.becomes(s.full(label(endpoints[0])+".shape"), "A", "NXDOMAIN", since, notice)

	since = s.put("cluster address")
	s.becomes(name, "A", s.get("service/shape", ".spec.clusterIP"), since, notice)
	s.becomes(name, "CNAME", "NODATA", since, notice)
}

// testNotReady lets a Service tell of pods that are not ready, and stop telling.
func testNotReady(t *testing.T) {
	s := begin(t, "eager", server)
	s.put("twins")
	endpoints := s.follows("headless", "http", 8080, notice, count(2))
	s.kubectl("annotate", "pod/"+s.podAt(endpoints[0].Address), player.Ready+"=false")
	s.follows("headless", "http", 8080, notice, count(1))
	s.kubectl("patch", "service/headless", "-p", `{"spec":{"publishNotReadyAddresses":true}}`)
	s.follows("headless", "http", 8080, notice, count(2))
	s.kubectl("patch", "service/headless", "-p", `{"spec":{"publishNotReadyAddresses":false}}`)
	s.follows("headless", "http", 8080, notice, count(1))
}

// testDualStack has both families, for the cluster address and for the pods.
func testDualStack(t *testing.T) {
	s := begin(t, "dual", server)
	s.put("twins")
	s.kubectl("patch", "service/service", "-p", `{"spec":{"ipFamilyPolicy":"RequireDualStack"}}`)
	since := time.Now()
	both := strings.Fields(s.get("service/service", ".spec.clusterIPs[*]"))
	if len(both) != 2 {
		t.Fatalf("cluster IPs: got %q, want one of each family", both)
	}
	s.becomes(s.full("service"), "A", both[0], since, notice)
	s.becomes(s.full("service"), "AAAA", both[1], since, notice)
	s.becomes(reverse(both[1]), "PTR", s.full("service"), since, notice)

	s.follows("headless", "http", 8080, notice, count(2))
	s.kubectl("patch", "service/headless", "-p", `{"spec":{"ipFamilyPolicy":"RequireDualStack"}}`)
	for _, e := range s.follows("headless", "http", 8080, notice, count(4)) {
		name, kind, other := s.full(label(e)+".headless"), "A", "AAAA"
		if strings.Contains(e.Address, ":") {
			kind, other = other, kind
		}
		s.says(name, kind, e.Address)
		s.says(name, other, "NODATA")
	}
	s.kubectl("patch", "service/headless", "--type=json", "-p",
		`[{"op":"replace","path":"/spec/ipFamilyPolicy","value":"SingleStack"}]`)
	s.follows("headless", "http", 8080, notice, count(2))
}

// testSelectorless has a slice made by hand. The API's word that it is stored is the start of the clock.
func testSelectorless(t *testing.T) {
	s := begin(t, "handmade", server)
	s.put("without selector")
	name := s.full("outside")
	s.says(name, "A", "NXDOMAIN")
	s.says(s.full("db.outside"), "A", "NXDOMAIN")

	since := s.put("slice")
	s.becomes(s.full("db.outside"), "A", "192.0.2.10", since, promise)
	s.becomes(name, "A", "192.0.2.10\n192.0.2.11", since, promise)
	s.becomes("_postgres._tcp."+name, "SRV", s.targets("outside", 5432, []witness.Endpoint{
		{Address: "192.0.2.10", Hostname: "db"}, {Address: "192.0.2.11"},
	}), since, promise)

	since = s.put("slice, moved")
	s.becomes(s.full("db.outside"), "A", "192.0.2.20", since, promise)
	s.becomes(name, "A", "192.0.2.20", since, promise)
	s.becomes(reverse("192.0.2.10"), "PTR", "NXDOMAIN", since, promise)
	s.becomes(reverse("192.0.2.20"), "PTR", s.full("db.outside"), since, promise)

	s.kubectl("delete", "endpointslice/outside")
	s.becomes(name, "A", "NXDOMAIN", time.Now(), promise)
}

// put applies an object from testdata/changes.txtar, and tells when the API had it.
func (s *story) put(name string) time.Time {
	s.Helper()
	s.feed(object(s.T, name), "apply", "-f", "-")
	return time.Now()
}

// replace is put for what the API does not let become another thing: it deletes and creates.
func (s *story) replace(name string) time.Time {
	s.Helper()
	s.feed(object(s.T, name), "replace", "--force", "-f", "-")
	return time.Now()
}

func object(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "changes.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range txtar.Parse(text).Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	t.Fatalf("changes.txtar: no %q", name)
	return ""
}
