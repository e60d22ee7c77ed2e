package measure

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/pprof/profile"

	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// Profiles is the folder of profiles beside a report.
const Profiles = "profiles"

// missed is the goals to look into: those that are missed by what was measured so far, and whose worst case is here.
func (b *Bench) missed(section, label string) []report.Verdict {
	return slices.DeleteFunc(b.Report.Verdicts(b.Goals, section, label), func(v report.Verdict) bool { return v.Met && !b.ProfileAll })
}

// explain keeps a profile of somebody, who is what a goal is about. Of says what is counted in it.
func (b *Bench) explain(v report.Verdict, who, of string, data []byte) error {
	p, err := profile.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("profile of %s: %w", who, err)
	}
	if len(p.Sample) == 0 {
		b.Log("profile: %s: nothing to be seen", v.Goal)
		return nil
	}
	at := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == of })
	if at < 0 {
		return fmt.Errorf("profile of %s: no %s in it", who, of)
	}
	file := filepath.Join(Profiles, word(v.Goal+" "+v.In)+".pb.gz")
	path := filepath.Join(b.Out, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	b.Report.AddProfile(report.Profile{
		Goal: v.Goal, In: v.In, Contestant: who, Of: of, File: file,
		Packages: shares(p, at, blame), Functions: shares(p, at, innermost),
	})
	return nil
}

// explainQueries asks once more what goals about questions were missed with.
func (b *Bench) explainQueries(section, label string, c *cluster.Cluster, l lineup) error {
	for _, v := range b.missed(section, label) {
		kind := slices.IndexFunc(load.Kinds, func(k load.Kind) bool { return k.Name == v.Key.Case })
		who := slices.IndexFunc(l, func(who *contestant.Contestant) bool { return who.Name == v.Key.Contestant })
		if kind < 0 || who < 0 {
			continue
		}
		b.Log("profile: %s: %s", v.Goal, v.In)
		set, err := b.questions(load.Kinds[kind], c)
		if err != nil {
			return err
		}
		err = turn(l[who], func() error {
			return b.explainCPU(v, l[who], func() error {
				_, err := set.Run(l[who].Address(), max(time.Second, 6*b.Sample), load.Exact)
				return err
			})
		})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			b.Log("no profile: %s", err)
			err = l[who].Pause()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// explainCPU profiles a contestant while f has it work.
func (b *Bench) explainCPU(v report.Verdict, who *contestant.Contestant, f func() error) error {
	data, err := b.profile(who, f)
	if err != nil {
		return err
	}
	return b.explain(v, who.Name, "cpu", data)
}

// profile is of the CPU of a contestant while f has it work.
func (b *Bench) profile(who *contestant.Contestant, f func() error) ([]byte, error) {
	if err := who.Watch(); err != nil {
		return nil, err
	}
	err := f()
	data, late := who.Watched()
	if err == nil {
		err = late
	}
	return data, err
}

// word makes a file's name of a text.
func word(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
}

// shares is the greatest parts of a profile, by what a stack of functions is counted for; the innermost is its first.
func shares(p *profile.Profile, at int, name func(stack []string) string) (all []report.Share) {
	sums, sum := map[string]float64{}, 0.0
	for _, s := range p.Sample {
		stack := functions(s)
		if len(stack) == 0 {
			stack = []string{"unknown"}
		}
		sums[name(stack)] += float64(s.Value[at])
		sum += float64(s.Value[at])
	}
	for n, v := range sums {
		all = append(all, report.Share{Name: n, Percent: 100 * v / sum})
	}
	slices.SortFunc(all, func(a, b report.Share) int {
		if a.Percent != b.Percent {
			return cmp.Compare(b.Percent, a.Percent)
		}
		return strings.Compare(a.Name, b.Name)
	})
	const most = 14
	return all[:min(len(all), most)]
}

func functions(s *profile.Sample) (stack []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			if line.Function != nil {
				stack = append(stack, line.Function.Name)
			}
		}
	}
	return stack
}

func innermost(stack []string) string { return stack[0] }

const runtimeAlone = "the runtime alone (collecting garbage, finding goroutines to run)"

// blame is the package that has the runtime, the kernel and the standard library do something.
func blame(stack []string) string {
	kernel := strings.HasPrefix(stack[0], "syscall.") || strings.HasPrefix(stack[0], "internal/runtime/syscall")
	for _, f := range stack {
		p := packageOf(f)
		if first, _, _ := strings.Cut(p, "/"); !strings.Contains(first, ".") {
			continue
		}
		if kernel {
			return p + ", in the kernel"
		}
		return p
	}
	return runtimeAlone
}

// packageOf is the package of a function, by its path.
func packageOf(function string) string {
	function, _, _ = strings.Cut(function, "[") // type parameters have dots, too
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}
