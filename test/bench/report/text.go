package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Pair is two contestants that are compared in tables: ours divided by theirs.
type Pair struct{ Ours, Theirs string }

// WriteText prints the report for people: goals first, then a table for each section.
func (r *Report) WriteText(w io.Writer, pairs []Pair) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	r.head(t)
	r.verdicts(t)
	r.profiles(t)
	for _, section := range r.Sections() {
		switch section {
		case Freshness:
			r.quantiles(t, section)
		case Overload: // more is better in some rows
			r.table(t, section, nil)
		case Rate, RateChanging: // depends on the load generator, too
		default:
			r.table(t, section, pairs)
		}
	}
	return t.Flush()
}

func (r *Report) head(w io.Writer) {
	fmt.Fprintf(w, "kubenames %s, %s, %s, %.0f s\n", r.Commit, r.Started, r.Machine, r.Seconds)
	fmt.Fprintf(w, "%s\n", strings.Join(r.Command, " "))
	var parts []string
	for _, p := range r.Parts {
		parts = append(parts, fmt.Sprintf("%s %.0f s", p.Name, p.Seconds))
	}
	fmt.Fprintf(w, "time: %s\n", strings.Join(parts, ", "))
	for _, h := range r.Holdings {
		fmt.Fprintf(w, "memory: %s: %d services, %d slices, %d endpoints, %d pods\n", h.Case, h.Services, h.Slices, h.Endpoints, h.Pods)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	fmt.Fprintf(w, "Ratios are taken pair by pair: median [least-greatest].\n")
}

func (r *Report) verdicts(w io.Writer) {
	if len(r.Goals) == 0 {
		return
	}
	fmt.Fprintf(w, "\nGOALS\nwhat\tin\twanted\tmeasured\t\n")
	for _, v := range r.Goals {
		measured := "-"
		if !v.Missing {
			measured = v.Measured.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.Goal, v.In, "<= "+Digits(v.Limit), measured, v.Result())
	}
}

// table has a row for each case, a column for each contestant's median, and one for each pair's ratio.
func (r *Report) table(w io.Writer, section string, pairs []Pair) {
	contestants := r.Contestants(section)
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p Pair) bool {
		return !slices.Contains(contestants, p.Ours) || !slices.Contains(contestants, p.Theirs)
	})
	for _, cluster := range r.Clusters(section) {
		fmt.Fprintf(w, "\n%s, %s: medians\n", strings.ToUpper(section), cluster)
		fmt.Fprintf(w, "\t\t%s\t", strings.Join(contestants, "\t"))
		for _, p := range pairs {
			fmt.Fprintf(w, "%s / %s\t", p.Ours, p.Theirs)
		}
		fmt.Fprintln(w)
		for _, name := range r.Cases(section) {
			r.row(w, section, cluster, name, contestants, pairs)
		}
	}
}

func (r *Report) row(w io.Writer, section, cluster, name string, contestants []string, pairs []Pair) {
	unit, some := "", false
	var cells []string
	for _, c := range contestants {
		cell := "-"
		for _, s := range r.Series {
			if s.key() == (Key{section, cluster, name, c}) {
				spread, _ := Of(s.Values)
				cell, some = Digits(spread.Median), true
				if section != Micro { // of different units
					unit = s.Unit
				}
			}
		}
		cells = append(cells, cell)
	}
	if !some {
		return // not in this cluster
	}
	for _, p := range pairs {
		cell := "-"
		if s, ok := Ratio(r.Find(Key{section, cluster, name, p.Ours}), r.Find(Key{section, cluster, name, p.Theirs})); ok {
			cell = s.String()
		}
		cells = append(cells, cell)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t\n", name, unit, strings.Join(cells, "\t"))
}

// quantiles has a row for each case and contestant.
func (r *Report) quantiles(w io.Writer, section string) {
	fmt.Fprintf(w, "\n%s\n\t\t\tp50\tp99\tmaximum\tn\n", strings.ToUpper(section))
	for _, name := range r.Cases(section) {
		for _, s := range r.Series {
			if s.Section != section || s.Case != name {
				continue
			}
			v := slices.Sorted(slices.Values(s.Values))
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", name, s.Contestant, s.Unit,
				Digits(Quantile(v, 0.5)), Digits(Quantile(v, 0.99)), Digits(v[len(v)-1]), len(v))
		}
	}
}
