package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Profile says where a contestant spends what a goal is about.
type Profile struct {
	Goal, In   string // of the verdict
	Contestant string
	Of         string  // what is counted: cpu, inuse_space or alloc_space
	File       string  // for go tool pprof, beside the report
	Packages   []Share // by who does it, or has the runtime and the kernel do it
	Functions  []Share // by the function itself
}

// Share is a part of a profile.
type Share struct {
	Name    string
	Percent float64
}

// AddProfile adds a profile, in the place of earlier ones of the goal.
func (r *Report) AddProfile(p Profile) {
	r.Profiles = append(slices.DeleteFunc(r.Profiles, func(old Profile) bool { return old.Goal == p.Goal && old.In == p.In }), p)
}

// ProfileOf is the profile of the worst case of a goal, if there is one.
func (r *Report) ProfileOf(v Verdict) (Profile, bool) {
	if i := slices.IndexFunc(r.Profiles, func(p Profile) bool { return p.Goal == v.Goal && p.In == v.In }); i >= 0 {
		return r.Profiles[i], true
	}
	return Profile{}, false
}

// Forget drops the profiles of goals that turned out to be met, or to be worse elsewhere, and returns their files.
func (r *Report) Forget(met bool) (files []string) {
	r.Profiles = slices.DeleteFunc(r.Profiles, func(p Profile) bool {
		wanted := slices.ContainsFunc(r.Goals, func(v Verdict) bool { return v.Goal == p.Goal && v.In == p.In && !(met && v.Met) })
		if !wanted {
			files = append(files, p.File)
		}
		return !wanted
	})
	return files
}

func (r *Report) profiles(w io.Writer) {
	for _, v := range r.Goals {
		p, ok := r.ProfileOf(v)
		if !ok {
			continue
		}
		fmt.Fprintf(w, "\n%s: %s\n%s, %s: %s of %s, %s\n", strings.ToUpper(v.Result()), v.Goal, v.In, v.Measured, p.Of, p.Contestant, p.File)
		for i := range max(len(p.Packages), len(p.Functions)) {
			fmt.Fprintf(w, "%s\t%s\t\n", share(p.Packages, i), share(p.Functions, i))
		}
	}
}

func share(all []Share, i int) string {
	if i >= len(all) {
		return "\t"
	}
	return fmt.Sprintf("%.1f %%\t%s", all[i].Percent, all[i].Name)
}
