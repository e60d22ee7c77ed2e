// Command bench compares DNS servers for Kubernetes: CPU for each query, memory, freshness, and the cost of changes. It
// prints a table of ratios, and writes report.json, report.txt and charts.
package main

import (
	"flag"
	"fmt"
	"io"
	golog "log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubenames/kubenames/test/bench/measure"
	"github.com/kubenames/kubenames/test/e2e/cluster"
)

// config is what the command line says.
type config struct {
	measure.Options
	out      string // folder for the report
	name     string // of its files
	sections []string
	kinds    []string // parts of names of questions; none: all
	control  string   // the program of a real control plane; "": it is built
}

// The sections that can be chosen: those of a run where none is, and all.
var (
	usual    = []string{"queries", "changing", "memory", "freshness", "cost", "real", "micro"}
	sections = append(slices.Clone(usual), overload)
)

const overload = "overload"

func main() {
	c, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	golog.SetOutput(io.Discard) // of clients that go while the API server writes
	log := func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
	}
	if err := run(c, os.Stdout, log); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// parse reads flags. The defaults take under a quarter of an hour on two cores.
func parse(args []string, errors io.Writer) (*config, error) {
	c := &config{sections: usual}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errors)
	f.StringVar(&c.out, "out", "../../build/bench", "the `folder` for report.json, report.txt and charts")
	f.StringVar(&c.name, "name", "report", "another `name` for the report's files")
	list(f, &c.sections, "only", "what to measure, of "+strings.Join(sections, ","))
	list(f, &c.kinds, "kinds", "only questions whose names have one of these `texts` in them")
	f.StringVar(&c.control, "controlplane", "", "the `program` with etcd and kube-apiserver for the section real; without, it is built as for test/e2e, which takes minutes the first time")
	f.DurationVar(&c.Sample, "sample", 150*time.Millisecond, "length of one sample of queries")
	f.DurationVar(&c.Long, "long", 300*time.Millisecond, "the same for clusters of more than 20,000 services")
	f.IntVar(&c.Rounds, "rounds", 5, "samples of each contestant in each case")
	f.IntVar(&c.ChangingRounds, "changing-rounds", 3, "the same, under change")
	c.Sizes = []int{1000, 10_000, 50_000}
	f.Func("sizes", "`numbers` of services of the clusters that are asked (1000,10000,50000)", func(s string) error {
		c.Sizes = nil
		for _, w := range strings.Split(s, ",") {
			n, err := strconv.Atoi(w)
			if err != nil || n < 10 {
				return fmt.Errorf("%q: want numbers from 10 on", w)
			}
			c.Sizes = append(c.Sizes, n)
		}
		return nil
	})
	f.IntVar(&c.Main, "main", 10_000, "services of the cluster for changes and memory; one of -sizes")
	f.IntVar(&c.Big, "big", 5000, "endpoints of the biggest service")
	f.IntVar(&c.Middle, "middle", 1000, "endpoints of the one after")
	f.IntVar(&c.Rate, "rate", 500, "changes of an endpoint in a second, under change")
	f.IntVar(&c.MemoryRounds, "memory-rounds", 1, "samples of memory in each case")
	f.IntVar(&c.Pods, "pods", 50_000, "pods of the cluster of the goals")
	f.IntVar(&c.Crowd, "crowd", 150_000, "pods of a cluster with more of them")
	f.IntVar(&c.Endpoints, "endpoints", 1_000_000, "endpoints of a cluster with more of them")
	f.IntVar(&c.FreshRounds, "freshness-rounds", 20, "turns of each contestant with events of each kind: what slows the machine down for a while is to hit all alike")
	f.IntVar(&c.Events, "events", 1000, "events of each kind, for freshness")
	f.IntVar(&c.HeldEvents, "held-events", 50, "the same, of those that kubenames holds for 100 ms")
	f.IntVar(&c.CachedEvents, "cached-events", 50, "the same, behind a cache that keeps answers for 30 s")
	f.IntVar(&c.CostRounds, "cost-rounds", 2, "samples of the cost of a change in each case")
	f.IntVar(&c.Singles, "singles", 5, "samples of changes of one endpoint, in each of them")
	f.IntVar(&c.Single, "single", 200, "changes in each of those, an even number")
	f.IntVar(&c.Created, "created", 10_000, "services created at once")
	f.DurationVar(&c.OverloadTime, "overload-time", time.Minute, "length of a flood of questions")
	f.DurationVar(&c.OverloadBrief, "overload-brief", 9*time.Second, "the same, of those that matter less")
	f.IntVar(&c.OverloadMemory, "overload-memory", 2048, "memory in MB that ends a flood once a contestant has it resident")
	f.DurationVar(&c.BenchTime, "bench-time", 20*time.Millisecond, "length of one run of a Go benchmark")
	f.IntVar(&c.BenchCount, "bench-count", 3, "runs of each Go benchmark")
	f.BoolVar(&c.ProfileAll, "profile-all", false, "keep profiles of what goals are about also if they are met")
	f.IntVar(&c.ServerCore, "server-core", 0, "the core of the contestants")
	f.IntVar(&c.LoadCore, "load-core", 1, "the core of the API server and the load generator")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	err := c.check()
	if err != nil {
		fmt.Fprintln(errors, "bench:", err)
	}
	return c, err
}

func list(f *flag.FlagSet, into *[]string, name, usage string) {
	f.Func(name, usage, func(s string) error {
		*into = strings.Split(s, ",")
		return nil
	})
}

func (c *config) check() error {
	for _, s := range c.sections {
		if !slices.Contains(sections, s) {
			return fmt.Errorf("only %q: want %s", s, strings.Join(sections, ","))
		}
	}
	for name, n := range map[string]int{
		"rounds": c.Rounds, "changing-rounds": c.ChangingRounds, "singles": c.Singles, "bench-count": c.BenchCount, "main": c.Main, "big": c.Big, "middle": c.Middle, "rate": c.Rate, "memory-rounds": c.MemoryRounds,
		"freshness-rounds": c.FreshRounds, "events": c.Events, "cached-events": c.CachedEvents, "held-events": c.HeldEvents, "cost-rounds": c.CostRounds, "overload-memory": c.OverloadMemory, "overload-time": int(c.OverloadTime), "overload-brief": int(c.OverloadBrief), "single": c.Single, "created": c.Created,
		"crowd": c.Crowd - c.Pods, "endpoints": c.Endpoints / max(1, c.Main),
	} {
		if n < 1 {
			return fmt.Errorf("%s: want more", name)
		}
	}
	if c.Single%2 != 0 {
		return fmt.Errorf("single %d: want an even number: an endpoint goes, and comes back", c.Single)
	}
	if c.ServerCore == c.LoadCore {
		return fmt.Errorf("server-core %d: want another core than load-core", c.ServerCore)
	}
	return nil
}

// controlplane is the program with etcd and kube-apiserver.
func (c *config) controlplane() (string, error) {
	if c.control != "" {
		return c.control, nil
	}
	return cluster.Build("../e2e/controlplane")
}

// build makes the program of the contestants. It is called in the folder of this module.
func build(dir string) (string, error) {
	program := filepath.Join(dir, "coredns")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./coredns")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return program, nil
}
