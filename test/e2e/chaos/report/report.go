// Package report is what is told in the end: a table for people, and the same as JSON.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Report is a whole run.
type Report struct {
	Seed  uint64
	Quick bool
	Began time.Time
	Took  time.Duration
	Rows  []Row
}

// Row is what became of one server in one story.
type Row struct {
	Story    string
	Title    string
	Subject  string
	Ours     bool
	Repeated bool // of a story that was told once more: a machine that many share may have stood still
	Asked    int
	Wrong    int
	Lost     int
	Late     int
	Worst    time.Duration // of the late ones: over the bound
	Bound    time.Duration
	Failed   int  // SERVFAIL
	MayFail  bool // the story's rule allows SERVFAIL
	P50, P99 time.Duration
	Settled  time.Duration // until all was right in the end
	Peak     int           // KiB
	Flood    *Flood        // nil: there was none
	Notes    []string
	Breaches []string
	Examples []string
}

// Judge adds to the breaches what the story's rule does not allow.
func (r *Row) Judge() {
	if r.Asked == 0 {
		r.Breaches = append(r.Breaches, "nothing was asked")
	}
	if r.Wrong > 0 {
		r.Breaches = append(r.Breaches, fmt.Sprintf("%d wrong", r.Wrong))
	}
	if r.Lost > 0 {
		r.Breaches = append(r.Breaches, fmt.Sprintf("%d lost", r.Lost))
	}
	if r.Failed > 0 && !r.MayFail {
		r.Breaches = append(r.Breaches, fmt.Sprintf("%d SERVFAIL", r.Failed))
	}
	if r.Flood != nil {
		r.Breaches = append(r.Breaches, r.Flood.breaches()...)
	}
}

// Broken tells whether a rule was broken by ours, or a story could not be told.
func (r *Report) Broken() bool { return Broken(r.Rows) }

// Broken tells the same of some rows. Those of a story that was told once more do not count.
func Broken(rows []Row) bool {
	for _, row := range rows {
		if len(row.Breaches) > 0 && !row.Repeated && (row.Ours || row.Subject == "") {
			return true
		}
	}
	return len(rows) == 0
}

// Write writes chaos.md and chaos.json into the folder.
func (r *Report) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "chaos.json"), text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "chaos.md"), []byte(r.Markdown()), 0o644)
}

// Markdown is the table, and below it what it is about.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %v\n\n", r.Seed, r.Took.Round(time.Second))
	b.WriteString("| story | server | asked | wrong | lost | late (worst; bound) | SERVFAIL | p50, p99 | right again | peak RSS | flood: p99 to quiet; RSS | |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, row := range r.Rows {
		if row.Subject == "" {
			fmt.Fprintf(&b, "| %s | | | | | | | | | | | broke off |\n", row.Story)
			continue
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row.cells(), " | "))
	}
	for _, row := range r.Rows {
		if len(row.Notes)+len(row.Breaches)+len(row.Examples) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n**%s, %s**: %s\n\n", row.Story, cmp.Or(row.Subject, "all"), row.Title)
		for _, line := range row.Breaches {
			fmt.Fprintf(&b, "- breach: %s\n", line)
		}
		for _, line := range row.Notes {
			fmt.Fprintf(&b, "- %s\n", line)
		}
		for _, line := range row.Examples {
			fmt.Fprintf(&b, "- `%s`\n", strings.ReplaceAll(line, "\n", " "))
		}
	}
	return b.String()
}

// Line is one row for who watches.
func (r Row) Line() string { return strings.Join(r.cells(), "  ") }

func (r Row) cells() []string {
	late, failed, verdict := "0", fmt.Sprint(r.Failed), "kept"
	if r.Late > 0 {
		late = fmt.Sprintf("%d (%v; %v)", r.Late, r.Worst.Round(10*time.Millisecond), r.Bound)
	}
	if r.MayFail {
		failed += " (allowed)"
	}
	if len(r.Breaches) > 0 {
		verdict = "**broken**"
	}
	if r.Repeated {
		verdict += ", and told once more"
	}
	return []string{
		r.Story, r.Subject, fmt.Sprint(r.Asked), fmt.Sprint(r.Wrong), fmt.Sprint(r.Lost), late, failed,
		fmt.Sprintf("%v, %v", r.P50.Round(10*time.Microsecond), r.P99.Round(10*time.Microsecond)),
		r.Settled.Round(10 * time.Millisecond).String(), fmt.Sprintf("%d MiB", r.Peak>>10), r.Flood.cell(), verdict,
	}
}
