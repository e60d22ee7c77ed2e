// Package measure takes the samples: each section of the report is a file here.
//
//	core 0   the contestant that is measured; the others are halted
//	core 1   this process with the API server in it, and the load generator
package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// Options is how much is measured.
type Options struct {
	Sample time.Duration // length of one sample of queries
	Long   time.Duration // the same for big clusters: to collect the garbage of one takes longer than a short sample
	Rounds int           // samples of each contestant in each case of queries
	Sizes  []int         // services of the clusters that are asked
	Main   int           // services of the cluster for changes and memory
	Big    int           // endpoints of the biggest service
	Middle int           // endpoints of the one after
	Rate   int           // writes in a second that change an endpoint, under change

	ChangingRounds int // as Rounds, under change

	MemoryRounds int
	Pods, Crowd  int // pods of the clusters with pods
	Endpoints    int // of the cluster with most of them

	FreshRounds  int // turns of each contestant, for freshness
	Events       int // of each kind and contestant
	HeldEvents   int // the same, of those that kubenames holds for a while
	CachedEvents int // the same, where a cache keeps answers for half a minute

	CostRounds int
	Singles    int // samples of changes of one endpoint in each round
	Single     int // such changes in each of them
	Created    int // services created at once

	OverloadTime   time.Duration // of a flood
	OverloadBrief  time.Duration // of those that matter less
	OverloadMemory int           // what a contestant may have resident in one, in MB

	BenchTime  time.Duration // of a Go benchmark
	BenchCount int           // how often each runs

	ProfileAll bool // also of goals that are met

	ServerCore, LoadCore int
}

// Bench measures. One goroutine uses it.
type Bench struct {
	Options
	Report  *report.Report
	Goals   []report.Goal // what is missed of them is profiled
	Out     string        // for profiles
	Program string        // the coredns of this module
	Dir     string        // for files
	Knot    bool          // Knot DNS takes part
	Log     func(format string, args ...any)

	asked              uint64    // sets of fresh questions so far
	strangers          int       // services that events were about so far
	aside              bool      // what is done is for a profile, and no sample
	idleHeap, idlePeak []float64 // of a server without a cluster, by round
}

// setting is what contestants have in common that follow an API server.
func (b *Bench) setting(source, pods string) contestant.Setting {
	return contestant.Setting{Program: b.Program, Dir: b.Dir, Core: b.ServerCore, Source: source, Pods: pods}
}

func (b *Bench) size(services int) cluster.Size {
	return cluster.Size{Services: services, Big: b.Big, Middle: b.Middle}
}

// zones writes the files for Knot DNS.
func (b *Bench) zones(c *cluster.Cluster) ([]contestant.File, error) {
	dir := filepath.Join(b.Dir, "zones")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return []contestant.File{
		{Origin: "cluster.local", Path: filepath.Join(dir, "cluster.local")},
		{Origin: "in-addr.arpa", Path: filepath.Join(dir, "in-addr.arpa")},
	}, c.ZoneFiles(dir)
}

// took notes how long a part of the run has taken.
func (b *Bench) took(part string, since time.Time) { b.Report.Took(part, time.Since(since)) }

// services names a cluster in reports.
func services(n int) string { return fmt.Sprintf("%d services", n) }

// settle waits until a contestant has dealt with all, and tells its CPU time.
func settle(c *contestant.Contestant) (time.Duration, error) {
	if err := c.Quiet(); err != nil {
		return 0, err
	}
	return c.CPU()
}

// bigCluster is from how many services on samples are long.
const bigCluster = 20_000

// length is that of a sample.
func (b *Bench) length(c *cluster.Cluster) time.Duration {
	if c.Services >= bigCluster {
		return max(b.Sample, b.Long)
	}
	return b.Sample
}

// questions draws questions of a kind. They are so many that fresh ones do not come twice.
func (b *Bench) questions(k load.Kind, c *cluster.Cluster) (load.Set, error) {
	return b.draw(k, c, max(1000, int(b.length(c).Seconds()*250_000)))
}

// draw draws so many fresh ones.
func (b *Bench) draw(k load.Kind, c *cluster.Cluster, fresh int) (load.Set, error) {
	if !k.Fresh {
		return k.Pack(k.Questions(c, 1, 10_000))
	}
	b.asked++
	return k.Pack(k.Questions(c, b.asked, fresh))
}
