// Package monitoring holds no code, only the test that the alert rules and the
// dashboard of deploy/monitoring are what Prometheus and Grafana take, and that
// the dashboard shows something.
package monitoring

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	alerts    = "../../deploy/monitoring/alerts.yaml"
	dashboard = "../../deploy/monitoring/dashboard.json"
	runbook   = "docs/outages.md"
)

// promQL is PromQL without experiments.
var promQL = parser.NewParser(parser.Options{})

// anchors is what one can link to in a page: its headings, as GitHub spells them.
func anchors(t *testing.T, page string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(read(t, "../../"+page), -1) {
		kept := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(h[1]), "")
		all[strings.ReplaceAll(kept, " ", "-")] = true
	}
	if len(all) == 0 {
		t.Fatalf("%s has no headings", page)
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
