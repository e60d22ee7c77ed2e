// Command parity asks the in-tree kubernetes plugin and kubenames the same, in made-up clusters that change, and
// explains every difference, or fails.
package main

import (
	"flag"
	"fmt"
	"io"
	golog "log"
	"os"
	"time"

	"github.com/kubenames/kubenames/test/parity/trial"
)

func main() {
	first := flag.Uint64("first", 1, "the first `seed`")
	seeds := flag.Uint64("seeds", 20, "how many seeds to try")
	steps := flag.Int("steps", 10, "how often each cluster changes")
	questions := flag.Int("questions", 300, "how much is asked after each change")
	changes := flag.Int("changes", 6, "up to how many objects change at a time")
	show := flag.Int("show", 20, "how many unexplained differences to print")
	cluster := flag.Bool("cluster", false, "print their clusters too")
	limit := flag.Duration("limit", time.Hour, "begin no seed after this long")
	rare := flag.Bool("rare", false, "with addresses in texts that nobody writes")
	shrink := flag.Bool("shrink", false, "stop at a seed's first unexplained difference, and print the smallest cluster that has it")
	flag.Parse()
	golog.SetOutput(io.Discard)
	report := &trial.Report{}
	start := time.Now()
	for seed := *first; seed < *first+*seeds && time.Since(start) < *limit; seed++ {
		if err := trial.Run(seed, trial.Size{Steps: *steps, Questions: *questions, Changes: *changes, Rare: *rare, Shrink: *shrink}, report); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	for _, f := range report.Faults[:min(*show, len(report.Faults))] {
		fmt.Println(f)
		if *cluster || *shrink {
			fmt.Println(f.Corefile + f.Cluster)
		}
	}
	fmt.Print(report)
	if report.Unexplained > 0 {
		os.Exit(1)
	}
}
