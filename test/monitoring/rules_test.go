package monitoring

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
)

// rules is the rules of the file, by name: valid, templates and all.
func rules(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(alerts, false, model.LegacyValidation, promQL, slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	all := map[string]rulefmt.Rule{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				t.Fatalf("group %s has a rule that is no alert", g.Name)
			}
			if _, ok := all[r.Alert]; ok {
				t.Errorf("%s: there are two", r.Alert)
			}
			all[r.Alert] = r
		}
	}
	return all
}

// Every alert says how urgent it is, what it means and where to read on, and the page says something there.
func TestAlerts(t *testing.T) {
	headings, page := anchors(t, runbook), read(t, "../../"+runbook)
	for name, r := range rules(t) {
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity %q: want page or ticket", name, s)
		}
		for _, annotation := range []string{"summary", "description"} {
			if r.Annotations[annotation] == "" {
				t.Errorf("%s: no %s", name, annotation)
			}
		}
		url, anchor, _ := strings.Cut(r.Annotations["runbook_url"], "#")
		if !strings.HasSuffix(url, "/"+runbook) || !headings[anchor] {
			t.Errorf("%s: runbook %s#%s: want a heading of %s", name, url, anchor, runbook)
		}
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s: %s does not name it", name, runbook)
		}
	}
}
