package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"sigs.k8s.io/mcs-api/config/crd"

	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
	"github.com/kubenames/kubenames/test/e2e/cluster"
)

// TestPermissions takes from the roles in deploy one verb of one resource, and sees what the server that is deployed with
// them misses: the log names it, and what works without it goes on. With the whole role it misses nothing, and uses all of
// it. All servers run at once.
//
//	watch            the kind is listed again and again, so what changes comes late
//	list             needed where the API server does not stream lists: not ready, and SERVFAIL for the names of the cluster. Where it
//	                 does, the version of the cluster is not asked for when a watch is opened again
//	list and watch   not ready, and SERVFAIL
func TestPermissions(t *testing.T) {
	s := begin(t, cluster.Audited, server)
	s.feed(string(crd.ServiceImportCRD), "apply", "-f", "-")
	t.Cleanup(func() { s.feed(string(crd.ServiceImportCRD), "delete", "--wait=false", "-f", "-") })
	s.part("first")
	s.kubectl("wait", "--for=condition=Established", "crd/serviceimports.multicluster.x-k8s.io")
	s.part("first imports")
	s.pod("first")
	cert, key := kube.Keys()
	way, err := proxy.Start(kube.URL(), cert, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Stop)

	trials := s.trials()
	for _, tr := range trials {
		tr.until = time.Now().Add(patience)
		tr.begin(t, way.URL())
	}
	for _, tr := range trials {
		t.Run(tr.name, tr.missed)
	}
	if t.Failed() {
		return
	}
	s.part("later")
	s.part("later imports")
	t.Cleanup(func() { s.kubectl("delete", "namespace", "permissions-later", "--ignore-not-found", "--wait=false") })
	s.pod("later")
	name, address := s.address("later")
	for _, tr := range trials {
		tr.until = time.Now().Add(patience)
		if tr.blocked() {
			tr.restore(t)
		}
		if tr.pods {
			tr.later[name] = address
		}
	}
	for _, tr := range trials {
		t.Run(tr.name+"/later", func(t *testing.T) { tr.lives(t, way) })
	}
}

// lives tells that the server goes on when the cluster changes and watches are opened again, and what of its rights it has used.
func (tr *trial) lives(t *testing.T, way *proxy.Proxy) {
	tr.right(t, tr.later)
	if !tr.ready() {
		t.Error("not ready")
	}
	if len(tr.lacks) == 0 {
		tr.wait(t, tr.audited)
	}
	cut := time.Now()
	tr.wait(t, func() error {
		err := tr.used(t)
		if err != nil && time.Since(cut) > 0 {
			way.Reset() // a watch that breaks off is opened again where it was, or listed again: this is for the client to choose
			cut = time.Now().Add(2 * time.Second)
		}
		return err
	})
	if slices.Equal(tr.verbs(), []string{"list"}) {
		tr.says(t, "list")
	}
	tr.quiet(t)
}

func (tr *trial) verbs() (verbs []string) {
	for _, r := range tr.lacks {
		verbs = append(verbs, r.verb)
	}
	return verbs
}

// used tells whether the API server has refused what the account lacks, all of it, and nothing else, and, of an account that lacks
// nothing, whether each right was made use of.
func (tr *trial) used(t *testing.T) error {
	all, err := tr.account.Asked()
	if err != nil {
		t.Fatal(err)
	}
	granted, refused := map[right]bool{}, map[right]bool{}
	for _, request := range all {
		r := right{request.Group, request.Resource, request.Verb}
		if !slices.Contains(tr.rights, r) {
			t.Fatalf("%s %s: in no rule", request.Verb, request.URI)
		}
		if request.Code == http.StatusForbidden {
			refused[r] = true
		} else {
			granted[r] = true
		}
	}
	for r := range refused {
		if !slices.Contains(tr.lacks, r) {
			t.Fatalf("%s: refused", r)
		}
	}
	if left := without(tr.lacks, slices.Collect(maps.Keys(refused))); len(left) > 0 {
		return fmt.Errorf("%v: not asked for", left)
	}
	if left := without(tr.rights, slices.Collect(maps.Keys(granted))); len(left) > 0 && len(tr.lacks) == 0 {
		return fmt.Errorf("%v: not made use of", left)
	}
	return nil
}

// trials is one for each right of deploy and its components that can be missing, and for each way to list.
func (s *story) trials() (all []*trial) {
	s.Helper()
	first := map[string]string{
		"kubernetes.default.svc.cluster.local.": "10.96.0.1", s.full("first"): "192.0.2.7", s.namespace + ".svc.cluster.local.": "NODATA",
	}
	later := map[string]string{s.full("later"): "192.0.2.8", s.namespace + "-later.svc.cluster.local.": "NODATA"}
	pod, address := s.address("first")
	seen := map[string]bool{}
	for _, component := range []string{"", "pods-verified", "multicluster"} {
		d := deployed(s.T, component)
		f, l := maps.Clone(first), maps.Clone(later)
		switch component {
		case "pods-verified":
			f[pod] = address
		case "multicluster":
			f["first."+s.namespace+".svc.clusterset.local."], l["later."+s.namespace+".svc.clusterset.local."] = "192.0.2.17", "192.0.2.18"
		}
		add := func(what string, paged bool, lacks ...right) {
			tr := &trial{deployment: d, name: what, lacks: lacks, paged: paged, pods: component == "pods-verified", first: f, later: maps.Clone(l), port: 4000 + len(all)}
			if paged {
				tr.name += "-paged"
			}
			all = append(all, tr)
		}
		whole := strings.TrimSuffix("whole-"+component, "-")
		add(whole, false)
		add(whole, true)
		for _, r := range d.rights {
			if seen[r.of()] {
				continue
			}
			seen[r.of()] = true
			list, watch := right{r.group, r.resource, "list"}, right{r.group, r.resource, "watch"}
			add("no-watch-"+r.resource, false, watch)
			add("no-list-"+r.resource, false, list)
			add("no-list-"+r.resource, true, list)
			add("no-"+r.resource, false, list, watch)
		}
	}
	return all
}

// address is the pod's name, and the address that it is made of.
func (s *story) address(pod string) (name, address string) {
	s.Helper()
	address = s.get("pod/"+pod, ".status.podIP")
	return strings.ReplaceAll(address, ".", "-") + "." + s.namespace + ".pod.cluster.local.", address
}

// part applies a part of testdata/permissions.txtar.
func (s *story) part(name string) {
	s.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "permissions.txtar"))
	if err != nil {
		s.Fatal(err)
	}
	for _, file := range txtar.Parse(text).Files {
		if file.Name == name {
			s.feed(string(file.Data), "apply", "-f", "-")
			return
		}
	}
	s.Fatalf("permissions.txtar has no %q", name)
}
