// Command parity asks the in-tree kubernetes plugin and kubenames the same, in made-up clusters that change, and
// explains every difference, or fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	golog "log"
	"os"
	"runtime/debug"
	"time"

	"github.com/kubenames/kubenames/test/parity/trial"
)

func main() {
	first := flag.Uint64("first", 1, "the first `seed`; 0 is one of the clock")
	seeds := flag.Uint64("seeds", 200, "how many seeds to try")
	size := trial.Size{}
	flag.IntVar(&size.Steps, "steps", 10, "how often each cluster changes")
	flag.IntVar(&size.Questions, "questions", 10000, "how much is asked about each cluster")
	flag.IntVar(&size.Changes, "changes", 6, "up to how many objects change at a time")
	flag.BoolVar(&size.Rare, "rare", false, "with addresses in texts that nobody writes")
	flag.BoolVar(&size.Stop, "stop", false, "begin no seed after the first unexplained difference")
	width := flag.Int("width", 6, "how many clusters at a time")
	show := flag.Int("show", 20, "how many unexplained differences to print")
	cluster := flag.Bool("cluster", false, "print their clusters too")
	limit := flag.Duration("limit", time.Hour, "begin no seed after this long")
	shrink := flag.Bool("shrink", true, "in the end, find the smallest cluster with the first unexplained difference, and print its story")
	servers := &two{}
	servers.flags(flag.CommandLine)
	flag.Parse()
	golog.SetOutput(io.Discard)
	debug.SetGCPercent(400)
	if *first == 0 {
		*first = uint64(time.Now().UnixMilli())
		fmt.Printf("the first seed is %d\n", *first)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	began := time.Now()
	var report *trial.Report
	var err error
	if servers.theirs != "" || servers.ours != "" {
		servers.seed, servers.questions = *first, size.Questions
		report, err = servers.compare(context.Background())
		*shrink = false
	} else {
		pool := &trial.Pool{Size: size, Width: *width}
		stop := progress(pool, began)
		report, err = pool.Run(ctx, *first, *seeds)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	took := time.Since(began)
	fmt.Print(report)
	fmt.Printf("%v, %.0f questions a second\n", took.Round(time.Second), float64(report.Questions)/took.Seconds())
	// what is wrong comes last, where logs that are cut still have it
	for _, f := range report.Faults[:min(*show, len(report.Faults))] {
		fmt.Println(f)
		if *cluster {
			fmt.Println(f.Corefile + f.Cluster)
		}
	}
	if len(report.Faults) > 0 && *shrink {
		small(report.Faults[0])
	}
	if report.Unexplained > 0 {
		os.Exit(1)
	}
}

// small prints the smallest cluster and question that still have a fault, as a story.
func small(f *trial.Fault) {
	least, err := trial.Shrink(f)
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "seed %d: %v\n", f.Seed, err)
	case least == nil:
		fmt.Printf("It takes more than one change of a cluster; again with -first %d -seeds 1.\n\n", f.Seed)
	default:
		fmt.Printf("The smallest cluster that has it:\n\n%s\nThe story, for testdata:\n\n%s\n", least, least.Story())
	}
}

// progress tells every ten seconds how far it is, until it is stopped.
func progress(pool *trial.Pool, began time.Time) (stop func()) {
	tick := time.NewTicker(10 * time.Second)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-tick.C:
				c, q, u := pool.Progress()
				fmt.Fprintf(os.Stderr, "%v: clusters %d, questions %d, unexplained %d\n", time.Since(began).Round(time.Second), c, q, u)
			case <-done:
				return
			}
		}
	}()
	return func() { tick.Stop(); close(done) }
}
