package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kubenames/kubenames/test/bench/chart"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/bench/report"
)

// pairs is what tables compare.
var pairs = []report.Pair{
	{Ours: contestant.KubenamesStock, Theirs: contestant.InTreeStock},
	{Ours: contestant.KubenamesKubeadm, Theirs: contestant.InTreeKubeadm},
	{Ours: contestant.KubenamesChain, Theirs: contestant.NothingChain},
	{Ours: contestant.KubenamesKubeadm, Theirs: contestant.Knot},
	{Ours: contestant.KubenamesExpress, Theirs: contestant.Knot},
	{Ours: contestant.KubenamesExpress, Theirs: contestant.InTreeStock},
	{Ours: contestant.KubenamesKubeadm, Theirs: contestant.NothingReads},
	{Ours: measure.OnReal(contestant.InTreeKubeadm), Theirs: contestant.InTreeKubeadm},
	{Ours: measure.OnReal(contestant.KubenamesKubeadm), Theirs: contestant.KubenamesKubeadm},
}

// run measures, prints, and writes the report.
func run(c *config, out io.Writer, log func(string, ...any)) error {
	started := time.Now()
	dir, err := os.MkdirTemp("", "kubenames-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer tidy(dir)()
	b := &measure.Bench{Options: c.Options, Dir: dir, Log: log, Knot: contestant.KnotVersion() != ""}
	b.Goals, b.Out = c.goals(b), c.out
	b.Report = &report.Report{
		Machine: report.ThisMachine(), Commit: report.ThisCommit(), Versions: report.ThisBuild(),
		Command: append([]string{"bench"}, os.Args[1:]...), Started: started.UTC().Format(time.RFC3339),
	}
	b.Report.Versions["knot"] = contestant.KnotVersion()
	if !b.Knot {
		b.Report.Note("knot: left out, knotd is not on this machine; Debian has it in the package knot")
	}
	log("building the contestants")
	building := time.Now()
	control := ""
	if slices.Contains(c.sections, "real") {
		if control, err = c.controlplane(); err != nil {
			return err
		}
	}
	if b.Program, err = build(dir); err != nil {
		return err
	}
	if slices.Contains(c.sections, "micro") {
		if err := b.Compile(); err != nil {
			return err
		}
	}
	b.Report.Took("building", time.Since(building))
	if err := stayOn(c.LoadCore); err != nil {
		return err
	}
	if err := sample(c, b, control); err != nil {
		return err
	}
	b.Report.Judge(b.Goals)
	for _, file := range b.Report.Forget(!c.ProfileAll) {
		os.Remove(filepath.Join(c.out, file))
	}
	b.Report.Seconds = time.Since(started).Seconds()
	return write(b.Report, c.out, c.name, out)
}

// tidy removes the folder if this process is told to end, until it is called off. Contestants end with their parent.
func tidy(dir string) (off func()) {
	told, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-told:
			os.RemoveAll(dir)
			os.Exit(1)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(told)
		close(done)
	}
}

// sample takes the samples of all sections that are wanted.
func sample(c *config, b *measure.Bench, control string) error {
	wants := func(section string) bool { return slices.Contains(c.sections, section) }
	turn := func() error {
		if !wants("micro") {
			return nil
		}
		return b.Exits()
	}
	kinds := chosen(c.kinds)
	for _, size := range c.Sizes {
		if err := b.Queries(size, kinds, wants("queries"), wants("changing") && size == c.Main); err != nil {
			return err
		}
		if err := turn(); err != nil {
			return err
		}
	}
	for _, s := range []struct {
		name string
		run  func() error
	}{{"memory", b.Memory}, {"freshness", b.Freshness}, {"cost", b.Cost}, {"real", func() error { return b.Real(control) }}, {"micro", b.Micro}, {overload, b.Overload}} {
		if !wants(s.name) {
			continue
		}
		if err := s.run(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := turn(); err != nil {
			return err
		}
	}
	return nil
}

// chosen is the kinds whose names have one of the texts in them.
func chosen(texts []string) []load.Kind {
	return slices.DeleteFunc(slices.Clone(load.Kinds), func(k load.Kind) bool {
		return len(texts) > 0 && !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(k.Name, t) })
	})
}

// stayOn keeps this process, and those that it starts, on a core.
func stayOn(core int) error {
	var one unix.CPUSet
	one.Set(core)
	runtime.GOMAXPROCS(1)
	threads, err := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		var id int
		if _, err := fmt.Sscan(t.Name(), &id); err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &one); err != nil && err != unix.ESRCH {
			return fmt.Errorf("core %d: %w; two cores are wanted", core, err)
		}
	}
	return err
}

// write prints the report, and writes its files into a folder.
func write(r *report.Report, dir, name string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := os.Create(filepath.Join(dir, name+".txt"))
	if err != nil {
		return err
	}
	defer text.Close()
	if err := r.WriteText(io.MultiWriter(out, text), pairs); err != nil {
		return err
	}
	data, err := os.Create(filepath.Join(dir, name+".json"))
	if err != nil {
		return err
	}
	defer data.Close()
	if err := r.WriteJSON(data); err != nil {
		return err
	}
	return chart.Write(r, dir)
}
