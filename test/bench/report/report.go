// Package report keeps what was measured, compares it, and prints it. All figures of a report are of one run.
package report

import (
	"encoding/json"
	"io"
	"slices"
	"time"
)

// Report is one run. One goroutine uses it.
type Report struct {
	Machine  Machine
	Commit   string
	Versions map[string]string
	Command  []string
	Started  string
	Seconds  float64
	Parts    []Part // how long they took
	Holdings []Holding
	Notes    []string // what was left out, and why
	Series   []Series
	Goals    []Verdict
	Profiles []Profile // of goals that were missed
	Beside   []Run     `json:",omitempty"` // other runs whose figures are here, too
}

// Run is what made figures.
type Run struct {
	Machine Machine
	Commit  string
	Command []string
	Started string
	Seconds float64
}

// Part is one part of a run.
type Part struct {
	Name    string
	Seconds float64
}

// Holding is what the cluster of a case of memory has in it.
type Holding struct {
	Case                              string
	Services, Slices, Endpoints, Pods int
}

// The sections of a report.
const (
	Queries      = "server CPU per query"
	Changing     = "server CPU per query, under change"
	Real         = "server CPU per query, by API server"
	Rate         = "answers a second, of one core"
	RateChanging = "answers a second, of one core, under change"
	Idle         = "memory of a server without a cluster"
	Heap         = "heap above idle"
	Peak         = "peak RSS above idle, from start to synced"
	PerObject    = "heap for each object"
	Freshness    = "freshness: write acknowledged to first right answer"
	Cost         = "cost of a change"
	Overload     = "overload"
	Micro        = "Go benchmarks"
)

// Series is the samples of one contestant in one case, in the order in which they were taken. Samples of contestants in
// the same case were taken in turns: the first of each are a pair, and so on.
type Series struct {
	Section    string
	Cluster    string
	Case       string
	Contestant string
	Unit       string
	Values     []float64
}

// Key is what a series is of.
type Key struct{ Section, Cluster, Case, Contestant string }

// Add adds a sample.
func (r *Report) Add(k Key, unit string, values ...float64) {
	for i := range r.Series {
		if s := &r.Series[i]; s.key() == k {
			s.Values = append(s.Values, values...)
			return
		}
	}
	r.Series = append(r.Series, Series{k.Section, k.Cluster, k.Case, k.Contestant, unit, values})
}

func (s Series) key() Key { return Key{s.Section, s.Cluster, s.Case, s.Contestant} }

// Find is the samples of a series; nil if there are none.
func (r *Report) Find(k Key) []float64 {
	for _, s := range r.Series {
		if s.key() == k {
			return s.Values
		}
	}
	return nil
}

// Note adds a remark, once.
func (r *Report) Note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// Took adds how long a part of the run has taken.
func (r *Report) Took(part string, d time.Duration) {
	r.Parts = append(r.Parts, Part{part, d.Seconds()})
}

// Join adds the figures of another run, of other sections.
func (r *Report) Join(o *Report) {
	r.Beside = append(r.Beside, Run{o.Machine, o.Commit, o.Command, o.Started, o.Seconds})
	r.Parts, r.Series = append(r.Parts, o.Parts...), append(r.Series, o.Series...)
	r.Goals, r.Profiles = append(r.Goals, o.Goals...), append(r.Profiles, o.Profiles...)
	for _, n := range o.Notes {
		r.Note(n)
	}
}

// WriteJSON writes all that is known.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}

// distinct is the values of a field of a section's series, in the order of their first appearance.
func (r *Report) distinct(section string, field func(Series) string) (all []string) {
	seen := map[string]bool{}
	for _, s := range r.Series {
		if f := field(s); s.Section == section && !seen[f] {
			seen[f] = true
			all = append(all, f)
		}
	}
	return all
}

// Sections, Clusters, Cases and Contestants are what there are samples of.
func (r *Report) Sections() (all []string) {
	for _, s := range r.Series {
		if len(all) == 0 || all[len(all)-1] != s.Section {
			all = append(all, s.Section)
		}
	}
	return compact(all)
}

// Clusters is the clusters of a section.
func (r *Report) Clusters(section string) []string {
	return r.distinct(section, func(s Series) string { return s.Cluster })
}

// Cases is the cases of a section.
func (r *Report) Cases(section string) []string {
	return r.distinct(section, func(s Series) string { return s.Case })
}

// Contestants is those of a section.
func (r *Report) Contestants(section string) []string {
	return r.distinct(section, func(s Series) string { return s.Contestant })
}

func compact(all []string) (once []string) {
	seen := map[string]bool{}
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			once = append(once, s)
		}
	}
	return once
}

// Unit is that of a series.
func (r *Report) Unit(k Key) string {
	for _, s := range r.Series {
		if s.key() == k {
			return s.Unit
		}
	}
	return ""
}

// Ordered is the series of a section, those of a case one after the other.
func (r *Report) Ordered(section string) (all []Series) {
	for _, name := range r.Cases(section) {
		for _, s := range r.Series {
			if s.Section == section && s.Case == name {
				all = append(all, s)
			}
		}
	}
	return all
}
