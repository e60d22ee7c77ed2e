// Package board is a dashboard of Grafana, as far as one can tell without Grafana what it shows.
package board

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// What is essential of Grafana's schema of dashboards.
type (
	// Board is a whole dashboard.
	Board struct {
		Title, UID    string
		SchemaVersion int
		Panels        []Panel
		Templating    struct{ List []Variable }
	}
	// Variable is what one chooses at the top.
	Variable struct{ Name, Type, Definition string }
	// Panel is a heading, one figure for each series, or a chart.
	Panel struct {
		ID                       int
		Type, Title, Description string
		Datasource               *Source
		GridPos                  Place
		Targets                  []Target
		FieldConfig              struct{ Defaults Field }
	}
	// Place is in columns and rows, from the upper left corner.
	Place struct{ X, Y, W, H int }
	// Target is one expression that a panel asks for.
	Target struct {
		RefID, Expr, LegendFormat string
		Instant                   bool
		Datasource                *Source
	}
	// Source is a data source.
	Source struct{ Type, UID string }
	// Field is how values are shown.
	Field struct {
		Unit       string
		Min, Max   *float64 // nil: as the values are
		Decimals   *int     // nil: as many as fit
		Thresholds struct{ Steps []Step }
		Custom     struct {
			DrawStyle         string // "": lines; or bars
			FillOpacity       int    // percent
			Stacking          struct{ Mode string }
			ScaleDistribution struct{ Type string } // "": linear; or log
		}
	}
	// Step is a color from a value on; nil: from the beginning.
	Step struct {
		Color string
		Value *float64
	}
)

// Columns is how many a dashboard has.
const Columns = 24

// Read reads a dashboard from a file.
func Read(file string) (b Board, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(text, &b)
}

// Filled is the expression with a value in the place of each variable, as Grafana sends it: of all jobs and instances,
// with the time that is shown, and rates over so long.
func Filled(expr string, shown, rates time.Duration) string {
	return strings.NewReplacer(
		"$__rate_interval", model.Duration(rates).String(), "$__range", model.Duration(shown.Truncate(time.Second)).String(), "$job", ".*", "$instance", ".*",
	).Replace(expr)
}

// Legend is what a series is called.
func (t Target) Legend(label func(name string) string) string {
	text := regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`).ReplaceAllStringFunc(t.LegendFormat, func(m string) string {
		return label(strings.Trim(m, "{} "))
	})
	return strings.TrimSpace(text)
}

// Log tells that the axis of values is logarithmic.
func (p Panel) Log() bool { return p.FieldConfig.Defaults.Custom.ScaleDistribution.Type == "log" }

// Bars tells that each value has a bar of its own.
func (p Panel) Bars() bool { return p.FieldConfig.Defaults.Custom.DrawStyle == "bars" }

// Stacked tells that each series of a chart stands on the one before.
func (p Panel) Stacked() bool { return p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal" }
