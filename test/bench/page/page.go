// Package page writes a report as a page of the documentation. There is no figure in it that is not of the report.
package page

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

//go:embed figures.md.tmpl
var text string

var tmpl = template.Must(template.New("figures").Parse(text))

// Write writes the page in Markdown. Its charts are those of chart.Figures, in the folder figures beside it.
func Write(w io.Writer, r *report.Report) error {
	return tmpl.Execute(w, page{r})
}

// page is what the template asks a report.
type page struct{ r *report.Report }

// Names is the names of the contestants.
func (p page) Names() map[string]string {
	return map[string]string{
		"Nothing": contestant.Nothing, "NothingChain": contestant.NothingChain, "InTreeStock": contestant.InTreeStock, "InTreeKubeadm": contestant.InTreeKubeadm,
		"KubenamesChain": contestant.KubenamesChain, "KubenamesStock": contestant.KubenamesStock, "KubenamesKubeadm": contestant.KubenamesKubeadm, "KubenamesExpress": contestant.KubenamesExpress, "Knot": contestant.Knot, "Reads": contestant.NothingReads,
	}
}

// Machine is where it ran.
func (p page) Machine() string { return p.r.Machine.String() }

// Commit is what was measured.
func (p page) Commit() string { return p.r.Commit }

// Command is the command line.
func (p page) Command() string { return strings.Join(p.r.Command, " ") }

// Started is when it was.
func (p page) Started() string { return p.r.Started }

// Minutes is how long the run took.
func (p page) Minutes() string { return minutes(p.r.Seconds) }

func minutes(seconds float64) string {
	return fmt.Sprintf("%.0f minutes", (time.Duration(seconds) * time.Second).Minutes())
}

// Beside is the other runs that figures are of.
func (p page) Beside() (all []string) {
	for _, run := range p.r.Beside {
		text := fmt.Sprintf("`%s`, of commit `%s`, begun %s, took %s", strings.Join(run.Command, " "), run.Commit, run.Started, minutes(run.Seconds))
		if run.Machine != p.r.Machine {
			text += ", on another machine: " + run.Machine.String()
		}
		all = append(all, text)
	}
	return all
}

// Versions is those of what took part.
func (p page) Versions() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(p.r.Versions)) {
		if v := p.r.Versions[name]; v != "" {
			if !strings.HasPrefix(v, name) { // programs say their names themselves
				v = name + " " + v
			}
			all = append(all, v)
		}
	}
	return strings.Join(all, ", ")
}

// Notes is the remarks of the run.
func (p page) Notes() []string { return p.r.Notes }

// Parts is how long each part of the run took.
func (p page) Parts() string {
	var all []string
	for _, part := range p.r.Parts {
		all = append(all, fmt.Sprintf("%s %.0f s", part.Name, part.Seconds))
	}
	return strings.Join(all, "; ")
}

// Met is how many goals are met.
func (p page) Met() (n int) {
	for _, v := range p.r.Goals {
		if v.Met {
			n++
		}
	}
	return n
}

// goal is a row of the table of goals.
type goal struct{ Goal, In, Limit, Measured, Result string }

// Goals is the table of goals.
func (p page) Goals() (all []goal) {
	for _, v := range p.r.Goals {
		g := goal{cell(v.Goal), cell(v.In), report.Digits(v.Limit), "-", v.Result()}
		if !v.Missing {
			g.Measured = v.Measured.String()
		}
		if !v.Met {
			g.Result = "**" + g.Result + "**"
		}
		all = append(all, g)
	}
	return all
}

// explained is the profile of a goal that was missed.
type explained struct {
	Title string
	Rows  []struct{ Package, PackageShare, Function, FunctionShare string }
}

// Explained is the profiles of all goals that were missed.
func (p page) Explained() (all []explained) {
	for _, v := range p.r.Goals {
		profile, ok := p.r.ProfileOf(v)
		if !ok || v.Met {
			continue
		}
		e := explained{Title: fmt.Sprintf("%s (%s): %s of %s", v.Goal, v.In, of[profile.Of], profile.Contestant)}
		const most = 8
		for i := range min(most, max(len(profile.Packages), len(profile.Functions))) {
			var row struct{ Package, PackageShare, Function, FunctionShare string }
			row.Package, row.PackageShare = share(profile.Packages, i)
			row.Function, row.FunctionShare = share(profile.Functions, i)
			e.Rows = append(e.Rows, row)
		}
		all = append(all, e)
	}
	return all
}

// of is what profiles count.
var of = map[string]string{"cpu": "CPU", "inuse_space": "bytes in the heap", "alloc_space": "bytes allocated from the start on"}

func share(all []report.Share, i int) (name, percent string) {
	if i >= len(all) {
		return "", ""
	}
	return cell(all[i].Name), fmt.Sprintf("%.1f %%", all[i].Percent)
}

// cell keeps a text from ending its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(text)
}
