package server

import (
	"reflect"
	"testing"
)

// Options of a Corefile are understood, but for the zones of a clusterset, about which nothing is asked.
func TestParse(t *testing.T) {
	got, cached, err := Parse(`.:53 {
		errors
		kubernetes cluster.local ClusterSet.local in-addr.arpa {
			pods verified
			ttl 30
			labels app in (a, b)
			multicluster clusterset.local
			fallthrough in-addr.arpa
		}
		cache 30 {
			disable success cluster.local
			disable denial cluster.local
		}
	}`)
	want := Config{
		Zones: []string{"cluster.local", "in-addr.arpa"}, TTL: 30, Pods: "verified", Labels: "app in (a, b)",
		Falls: true, Fallthrough: []string{"in-addr.arpa"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	for name, want := range map[string]bool{"a.cluster.local.": false, "1.0.0.10.in-addr.arpa.": true} {
		if cached(name) != want {
			t.Errorf("%s: a cache may answer: got %t", name, !want)
		}
	}
	for _, wrong := range []string{".:53 {\nerrors\n}", ".:53 {\nkubenames {\nttl x\n}\n}", ".:53 {\nkubenames {\nnearby\n}\n}"} {
		if _, _, err := Parse(wrong); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
}
