package monitoring

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/test/monitoring/board"
)

// prometheus is the data source that one chooses.
var prometheus = board.Source{Type: "prometheus", UID: "${datasource}"}

func TestDashboard(t *testing.T) {
	d, err := board.Read(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || d.SchemaVersion < 36 {
		t.Errorf("title %q, uid %q, schema version %d: want all three, 36 or later", d.Title, d.UID, d.SchemaVersion)
	}
	known := map[string]string{}
	for _, v := range d.Templating.List {
		known[v.Name] = v.Type
		if v.Type == "query" && !regexp.MustCompile(`^label_values\(coredns_kubenames_whole(\{.*\})?, [a-z]+\)$`).MatchString(v.Definition) {
			t.Errorf("variable %s: got %q", v.Name, v.Definition)
		}
	}
	if known["datasource"] != "datasource" || known["job"] != "query" || known["instance"] != "query" {
		t.Errorf("got variables %v", known)
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if p.Title == "" || ids[p.ID] {
			t.Errorf("panel %d %q: want a title, and an ID of its own", p.ID, p.Title)
		}
		ids[p.ID] = true
		place(t, p, taken)
		switch p.Type {
		case "row":
		case "timeseries", "stat":
			asks(t, p, known)
		default:
			t.Errorf("%s: type %q: want row, timeseries or stat", p.Title, p.Type)
		}
	}
}

// place takes the panel's place, which must be free.
func place(t *testing.T, p board.Panel, taken map[[2]int]string) {
	g := p.GridPos
	if g.X < 0 || g.Y < 0 || g.W <= 0 || g.H <= 0 || g.X+g.W > board.Columns {
		t.Errorf("%s: place %+v: want one within %d columns", p.Title, g, board.Columns)
	}
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if other, ok := taken[[2]int{x, y}]; ok {
				t.Errorf("%s lies on %s", p.Title, other)
				return
			}
			taken[[2]int{x, y}] = p.Title
		}
	}
}

// asks is whether what the panel asks is PromQL, of the data source, the job and the instances that one chooses.
func asks(t *testing.T, p board.Panel, known map[string]string) {
	if p.Datasource == nil || *p.Datasource != prometheus {
		t.Errorf("%s: data source %v: want %v", p.Title, p.Datasource, prometheus)
	}
	if len(p.Targets) == 0 || p.FieldConfig.Defaults.Unit == "" {
		t.Errorf("%s: want something that it asks, and a unit", p.Title)
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if q.RefID == "" || refs[q.RefID] || q.Datasource == nil || *q.Datasource != prometheus {
			t.Errorf("%s: target %+v: want a refId of its own, and the data source", p.Title, q)
		}
		refs[q.RefID] = true
		if _, err := promQL.ParseExpr(board.Filled(q.Expr, 6*time.Hour, 5*time.Minute)); err != nil {
			t.Errorf("%s: %s: %v", p.Title, q.Expr, err)
		}
		for _, selector := range regexp.MustCompile(`\b(?:coredns|go|process)_\w+(\{[^}]*\})?`).FindAllStringSubmatch(q.Expr, -1) {
			if !strings.Contains(selector[1], `{job=~"$job", instance=~"$instance"`) {
				t.Errorf("%s: %s: want the chosen job and instances", p.Title, selector[0])
			}
		}
		for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(q.Expr, -1) {
			if _, ok := known[v[1]]; !ok && !strings.HasPrefix(v[1], "__") {
				t.Errorf("%s: %s: no variable %s", p.Title, q.Expr, v[1])
			}
		}
	}
}
