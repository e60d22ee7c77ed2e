package kubenames

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coredns/caddy"

	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// defaults is what a block without options says, changed by f.
func defaults(f func(*config)) *config {
	c := &config{
		startupTimeout: 5 * time.Second, zone: zone.Spec{Origins: []string{"cluster.local."}, TTL: 5},
		wanted: kube.Options{Audit: 10 * time.Minute, StaleAfter: time.Minute},
	}
	if f != nil {
		f(c)
	}
	return c
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		block string
		want  *config // nil: an error
		err   string  // words of it
	}{
		{"kubenames cluster.local", defaults(nil), ""},
		{"kubenames", defaults(func(c *config) { c.zone.Origins = []string{"example.org."} }), ""},
		{"kubenames Cluster.LOCAL. 10.96.0.0/16", defaults(func(c *config) {
			c.zone.Origins = append(c.zone.Origins, "96.10.in-addr.arpa.")
		}), ""},
		{"kubenames cluster.local\nkubenames cluster.local", nil, "once per Server Block"},
		{"kubenames cluster.local {\nresyncperiod 5m\n}", nil, `Testfile:2 - Error during parsing: unknown option "resyncperiod": want apiserver_burst,`},

		{"kubenames cluster.local {\nkubeconfig /etc/k\n}", defaults(func(c *config) { c.connection.Kubeconfig = "/etc/k" }), ""},
		{"kubenames cluster.local {\nkubeconfig /etc/k east\n}", defaults(func(c *config) {
			c.connection = kube.Connection{Kubeconfig: "/etc/k", Context: "east"}
		}), ""},
		{"kubenames cluster.local {\nkubeconfig\n}", nil, "Testfile:2 - Error during parsing: kubeconfig: want FILE [CONTEXT]"},
		{"kubenames cluster.local {\nkubeconfig a b c\n}", nil, "kubeconfig a b c: want FILE [CONTEXT]"},

		{"kubenames cluster.local {\nendpoint http://a http://b\n}", defaults(func(c *config) { c.connection.Endpoint = "http://a" }), ""},
		{"kubenames cluster.local {\nendpoint\n}", nil, "endpoint: want URL"},
		{"kubenames cluster.local {\nendpoint https://a\ntls c k ca\n}", defaults(func(c *config) {
			c.connection = kube.Connection{Endpoint: "https://a", Cert: "c", Key: "k", CA: "ca"}
		}), ""},
		{"kubenames cluster.local {\ntls c k\n}", nil, "tls c k: want CERT KEY CA"},

		{"kubenames cluster.local {\nmanifests a b\nmanifests c\n}", defaults(func(c *config) {
			c.manifests = []string{"a", "b", "c"}
		}), ""},
		{"kubenames cluster.local {\nmanifests\n}", nil, "manifests: want PATH..."},
		{"kubenames cluster.local {\nsnapshot a/b\n}", defaults(func(c *config) { c.warmth = warmth{"a/b", 24 * time.Hour} }), ""},
		{"kubenames cluster.local {\nsnapshot /a 90m\n}", defaults(func(c *config) { c.warmth = warmth{"/a", 90 * time.Minute} }), ""},
		{"kubenames cluster.local {\nsnapshot\n}", nil, "snapshot: want FILE [MAX_AGE]"},
		{"kubenames cluster.local {\nsnapshot a 1h b\n}", nil, "snapshot a 1h b: want FILE [MAX_AGE]"},
		{"kubenames cluster.local {\nsnapshot a 1d\n}", nil, "snapshot a 1d: want a greatest age such as 24h"},
		{"kubenames cluster.local {\nsnapshot a 0s\n}", nil, "snapshot a 0s: want a greatest age such as 24h"},
		{"kubenames cluster.local {\nsnapshot a\nmanifests b\n}", nil, "snapshot: want no manifests beside it: files can be read at every start"},

		{"kubenames cluster.local {\nmanifests a\nendpoint http://a\n}", nil, "manifests: want one source"},

		{"kubenames cluster.local {\nnamespaces a B\nnamespaces c\n}", defaults(func(c *config) {
			c.zone.Namespaces = []string{"a", "b", "c"}
		}), ""},
		{"kubenames cluster.local {\nnamespaces\n}", nil, "namespaces: want NAMESPACE..."},
		{"kubenames cluster.local {\nnamespaces a.b\n}", defaults(func(c *config) { c.zone.Namespaces = []string{"a.b"} }), ""},

		{"kubenames cluster.local {\nlabels environment in (staging, qa),application=nginx\n}", defaults(func(c *config) {
			c.wanted.Labels = "environment in (staging, qa),application=nginx"
		}), ""},
		{"kubenames cluster.local {\nlabels a\nlabels b\n}", defaults(func(c *config) { c.wanted.Labels = "b" }), ""},
		{"kubenames cluster.local {\nlabels\n}", nil, "Testfile:2 - Error during parsing: labels: want EXPRESSION"},
		{"kubenames cluster.local {\nlabels a b\n}", nil, `Testfile:2 - Error during parsing: labels "a b": want a label selector: unable to parse`},
		{"kubenames cluster.local {\nnamespace_labels istio-injection=enabled\n}", defaults(func(c *config) {
			c.wanted.NamespaceLabels = "istio-injection=enabled"
		}), ""},
		{"kubenames cluster.local {\nnamespace_labels\n}", nil, "namespace_labels: want EXPRESSION"},
		{"kubenames cluster.local {\nnamespace_labels !\n}", nil, `Testfile:2 - Error during parsing: namespace_labels "!": want a label selector: `},
		{"kubenames cluster.local {\nnamespace_labels a\nnamespaces b\n}", nil, "Testfile:4 - Error during parsing: namespaces: want this list or namespace_labels, not both"},
		{"kubenames cluster.local {\nnoendpoints\n}", defaults(func(c *config) { c.wanted.NoEndpoints = true }), ""},
		{"kubenames cluster.local {\nnoendpoints yes\n}", nil, "noendpoints yes: want nothing"},
		{"kubenames cluster.local {\napiserver_qps 12.5\napiserver_burst 20\napiserver_max_inflight 25\n}", defaults(func(c *config) {
			c.wanted.Limits = kube.Limits{QPS: 12.5, Burst: 20, MaxInflight: 25}
		}), ""},
		{"kubenames cluster.local {\naudit 1h\nstale_after 90s\n}", defaults(func(c *config) {
			c.wanted.Audit, c.wanted.StaleAfter = time.Hour, 90*time.Second
		}), ""},
		{"kubenames cluster.local {\naudit 0\nstale_after 0\n}", defaults(func(c *config) { c.wanted.Audit, c.wanted.StaleAfter = 0, 0 }), ""},
		{"kubenames cluster.local {\naudit 10\n}", nil, "audit 10: want a duration such as 10m, at least 1s, or 0 for never"},
		{"kubenames cluster.local {\naudit 10ms\n}", nil, "audit 10ms: want a duration"},
		{"kubenames cluster.local {\naudit\n}", nil, "audit: want DURATION"},
		{"kubenames cluster.local {\nstale_after -1m\n}", nil, "stale_after -1m: want a duration"},
		{"kubenames cluster.local {\nstale_after 1m 2m\n}", nil, "stale_after 1m 2m: want DURATION"},
		{"kubenames cluster.local {\napiserver_qps 0\napiserver_burst 0\napiserver_max_inflight 0\n}", defaults(nil), ""},
		{"kubenames cluster.local {\napiserver_qps\n}", nil, "apiserver_qps: want QPS"},
		{"kubenames cluster.local {\napiserver_qps 1 2\n}", nil, "apiserver_qps 1 2: want QPS"},
		{"kubenames cluster.local {\napiserver_qps -1\n}", nil, "Testfile:2 - Error during parsing: apiserver_qps -1: want requests a second, or 0 for the default"},
		{"kubenames cluster.local {\napiserver_qps many\n}", nil, "apiserver_qps many: want requests a second"},
		{"kubenames cluster.local {\napiserver_burst\n}", nil, "apiserver_burst: want REQUESTS"},
		{"kubenames cluster.local {\napiserver_burst 1 2\n}", nil, "apiserver_burst 1 2: want REQUESTS"},
		{"kubenames cluster.local {\napiserver_burst -1\n}", nil, "apiserver_burst -1: want a number of requests, or 0 for the default"},
		{"kubenames cluster.local {\napiserver_burst 1.5\n}", nil, "apiserver_burst 1.5: want a number of requests"},
		{"kubenames cluster.local {\napiserver_max_inflight\n}", nil, "apiserver_max_inflight: want REQUESTS"},
		{"kubenames cluster.local {\napiserver_max_inflight 1 2\n}", nil, "apiserver_max_inflight 1 2: want REQUESTS"},
		{"kubenames cluster.local {\napiserver_max_inflight -1\n}", nil, "apiserver_max_inflight -1: want a number of requests, or 0 for no limit"},
		{"kubenames cluster.local {\napiserver_max_inflight x\n}", nil, "apiserver_max_inflight x: want a number of requests"},

		{"kubenames cluster.local {\nttl 0\n}", defaults(func(c *config) { c.zone.TTL = 0 }), ""},
		{"kubenames cluster.local {\nttl 3600 1\n}", defaults(func(c *config) { c.zone.TTL = 3600 }), ""},
		{"kubenames cluster.local {\nttl 4000\n}", nil, "Testfile:2 - Error during parsing: ttl 4000: want 0 to 3600"},
		{"kubenames cluster.local {\nttl -1\n}", nil, "ttl -1: want 0 to 3600"},
		{"kubenames cluster.local {\nttl 5s\n}", nil, "ttl 5s: want 0 to 3600"},
		{"kubenames cluster.local {\nttl\n}", nil, "ttl: want SECONDS"},

		{"kubenames cluster.local {\npods disabled\n}", defaults(nil), ""},
		{"kubenames cluster.local {\npods insecure\n}", defaults(func(c *config) { c.zone.Pods = zone.Insecure }), ""},
		{"kubenames cluster.local {\npods verified\n}", defaults(func(c *config) { c.zone.Pods = zone.Verified }), ""},
		{"kubenames cluster.local {\npods maybe\n}", nil, "Testfile:2 - Error during parsing: pods maybe: want disabled, insecure or verified"},
		{"kubenames cluster.local {\npods\n}", nil, "pods: want disabled|insecure|verified"},

		{"kubenames cluster.local {\nendpoint_pod_names\n}", defaults(func(c *config) { c.zone.PodNames = true }), ""},
		{"kubenames cluster.local {\nendpoint_pod_names on\n}", nil, "endpoint_pod_names on: want nothing"},

		{"kubenames cluster.local {\nfallthrough\n}", defaults(func(c *config) { c.fall.SetZonesFromArgs(nil) }), ""},
		{"kubenames cluster.local {\nfallthrough ip6.arpa\n}", defaults(func(c *config) {
			c.fall.SetZonesFromArgs([]string{"ip6.arpa"})
		}), ""},

		{"kubenames cluster.local {\nignore empty_service\n}", defaults(func(c *config) { c.zone.IgnoreEmpty = true }), ""},
		{"kubenames cluster.local {\nignore\n}", defaults(nil), ""},
		{"kubenames cluster.local {\nignore empty\n}", nil, "ignore empty: want empty_service"},

		{"kubenames cluster.local ClusterSet.local {\nmulticluster clusterset.LOCAL\n}", defaults(func(c *config) {
			c.zone.Origins, c.zone.Clustersets = []string{"cluster.local.", "clusterset.local."}, []string{"clusterset.local."}
		}), ""},
		{"kubenames cluster.local {\nmulticluster\n}", defaults(func(c *config) { c.zone.Clustersets = []string{} }), ""},

		{"kubenames cluster.local {\nzonal\n}", defaults(func(c *config) { c.zone.Zonal = true }), ""},
		{"kubenames cluster.local {\nzonal on\n}", nil, "zonal on: want nothing"},
		{"kubenames cluster.local {\nzonal\nnoendpoints\n}", nil, "zonal: want no noendpoints beside it"},
		{"kubenames cluster.local {\nnoendpoints\nignore empty_service\n}", nil, "ignore empty_service: want no noendpoints beside it"},

		{"kubenames cluster.local {\nstrict names ports external\nstrict reverse weights glue pointers\n}", defaults(func(c *config) {
			c.zone.Strict = zone.Strict{Names: true, Ports: true, Reverse: true, Weights: true, Glue: true, Pointers: true, External: true}
		}), ""},
		{"kubenames cluster.local {\nstrict all\n}", nil, "Testfile:2 - Error during parsing: strict all: want external, glue, names, pointers, ports, reverse, weights"},
		{"kubenames cluster.local {\nstrict\n}", nil, "strict: want RULE... of external, glue, names,"},

		{"kubenames cluster.local {\nunready fallthrough\n}", defaults(func(c *config) { c.early = true }), ""},
		{"kubenames cluster.local {\nunready servfail\n}", defaults(nil), ""},
		{"kubenames cluster.local {\nunready nxdomain\n}", nil, "unready nxdomain: want servfail or fallthrough"},
		{"kubenames cluster.local {\nunready\n}", nil, "unready: want servfail|fallthrough"},

		{"kubenames cluster.local {\nstartup_timeout 0s\n}", defaults(func(c *config) { c.startupTimeout = 0 }), ""},
		{"kubenames cluster.local {\nstartup_timeout 1m30s\n}", defaults(func(c *config) { c.startupTimeout = 90 * time.Second }), ""},
		{"kubenames cluster.local {\nstartup_timeout -1s\n}", nil, "startup_timeout -1s: want a duration"},
		{"kubenames cluster.local {\nstartup_timeout 5\n}", nil, "startup_timeout 5: want a duration"},
		{"kubenames cluster.local {\nstartup_timeout\n}", nil, "startup_timeout: want DURATION"},
	} {
		c := caddy.NewTestController("dns", test.block)
		c.ServerBlockKeys = []string{"example.org."}
		got, err := parse(c)
		if test.want == nil {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s\ngot error %v, want %q", test.block, err, test.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s\ngot  %+v (%v)\nwant %+v", test.block, got, err, test.want)
		}
	}
}

// Every option has a good row and a bad one above; here is what goes wrong after parsing.
func TestSetupErrors(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBERNETES_SERVICE_PORT", "")
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.yaml")
	if err := os.WriteFile(broken, []byte("kind: Service\nmetadata: {name: a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(dir, "notes")
	if err := os.WriteFile(notes, []byte("no kubeconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ block, want string }{
		{"kubenames cluster.local", "Testfile:1 - Error during parsing: no source of names: want kubeconfig, endpoint or manifests"},
		{"kubenames 10.0.0.0/8", "want at least one that is not a reverse zone"},
		{"kubenames cluster.local {\nkubeconfig " + dir + "/none\n}", dir + "/none"},
		{"kubenames cluster.local {\nkubeconfig " + notes + "\n}", notes},
		{"kubenames cluster.local {\nmanifests " + dir + "/none\n}", dir + "/none"},
		{"kubenames cluster.local {\nmanifests " + broken + "\n}", "broken.yaml:"},
		{"kubenames cluster.local {\nendpoint http://127.0.0.1:1\ntls " + dir + "/c " + dir + "/k " + dir + "/a\n}", dir},
	} {
		err := setup(caddy.NewTestController("dns", test.block))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "plugin/kubenames: ") {
			t.Errorf("%s\ngot error %v, want %q", test.block, err, test.want)
		}
	}
}
