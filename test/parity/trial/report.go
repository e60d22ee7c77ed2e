package trial

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
)

// Report is what came of some trials. It belongs to one goroutine.
type Report struct {
	Clusters, Changes, Questions, Equal int
	ByRule                              map[string]int  // answers that differ as they must; one may have several reasons
	Late                                []time.Duration // how long ours took to be right after each change
	Faults                              []*Fault
	LateCut                             []time.Duration // the same, with the end of all watches
	Begun, Reloaded                     int             // seeds that started without the API, and reloads
	Watched                             int             // questions of witnesses
	Unexplained                         int
}

// Fault is an answer of ours that no rule explains.
type Fault struct {
	Seed               uint64
	Step               int
	Question           dialog.Question
	Theirs, Ours, Want dialog.Reply
	Rules              []string // that make Want of Theirs
	Reason             string   // what was wanted, if it is not Want
	Corefile, Cluster  string

	config        server.Config
	before, after snapshot // nil if there are many faults; before is nil at a seed's start
}

// keep is how many faults are kept.
const keep = 400

func (r *Report) fault(f *Fault) {
	r.Unexplained++
	if len(r.Faults) < keep {
		r.Faults = append(r.Faults, f)
	}
}

func (r *Report) explained(rules []string) {
	if len(rules) == 0 {
		r.Equal++
		return
	}
	if r.ByRule == nil {
		r.ByRule = map[string]int{}
	}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(rules))) {
		r.ByRule[n]++
	}
}

// Add adds another report.
func (r *Report) Add(o *Report) {
	r.Clusters, r.Changes, r.Questions, r.Equal = r.Clusters+o.Clusters, r.Changes+o.Changes, r.Questions+o.Questions, r.Equal+o.Equal
	r.Watched += o.Watched
	r.Begun, r.Reloaded = r.Begun+o.Begun, r.Reloaded+o.Reloaded
	r.Unexplained += o.Unexplained
	r.Late, r.LateCut = append(r.Late, o.Late...), append(r.LateCut, o.LateCut...)
	for n, c := range o.ByRule {
		if r.ByRule == nil {
			r.ByRule = map[string]int{}
		}
		r.ByRule[n] += c
	}
	r.Faults = append(r.Faults, o.Faults[:min(len(o.Faults), keep-min(keep, len(r.Faults)))]...)
}

// String is the table.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "clusters %d, changes %d, starts without the API %d, reloads %d\n", r.Clusters, r.Changes, r.Begun, r.Reloaded)
	fmt.Fprintf(&b, "questions %d, and %d during changes\n%8d equal\n", r.Questions, r.Watched, r.Equal)
	for _, n := range slices.Sorted(maps.Keys(r.ByRule)) {
		fmt.Fprintf(&b, "%8d %s\n", r.ByRule[n], n)
	}
	fmt.Fprintf(&b, "%8d unexplained\n", r.Unexplained)
	b.WriteString(spread("right after a change", r.Late))
	b.WriteString(spread("right after a change and the end of all watches", r.LateCut))
	return b.String()
}

// note notes how long ours took to be right after a change.
func (r *Report) note(late time.Duration, cut bool) {
	if cut {
		r.LateCut = append(r.LateCut, late)
	} else {
		r.Late = append(r.Late, late)
	}
}

// spread is a line about how long something took; "" if nothing did.
func spread(what string, all []time.Duration) string {
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	at := func(percent int) time.Duration { return all[(len(all)-1)*percent/100].Round(10 * time.Microsecond) }
	return fmt.Sprintf("%s: p50 %v, p99 %v, max %v\n", what, at(50), at(99), at(100))
}

// String is the fault without its cluster.
func (f *Fault) String() string {
	s := fmt.Sprintf("seed %d step %d: %s\n  in-tree\n%s\n  ours\n%s\n", f.Seed, f.Step, f.Question, f.Theirs, f.Ours)
	if f.Reason != "" {
		s += "  want " + f.Reason + ", of\n" + f.Want.String() + "\n"
	} else if len(f.Rules) > 0 {
		s += fmt.Sprintf("  want, by %s\n%s\n", strings.Join(f.Rules, " "), f.Want)
	}
	return s
}
