// Chaos breaks a real control plane, and what lies between it and CoreDNS, in every way that operators have seen, and asks
// thousands of questions a second meanwhile. From the record of what it wrote through the API it knows what each answer
// may be. It prints a table of what was wrong, lost and late, and exits with 1 if the plugin broke a rule.
//
//	main ── builds ──▶ node.Enter ──▶ the same program on a node of its own: stage (API server, hand, record),
//	                                  then each story with servers (subject, proxy) and those who ask them (ask)
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/flood"
	"github.com/kubenames/kubenames/test/e2e/chaos/report"
	"github.com/kubenames/kubenames/test/e2e/cluster"
	"github.com/kubenames/kubenames/test/e2e/node"
)

// The builder tells the stories, by the environment, where the programs are.
const (
	controlplane = "CHAOS_CONTROLPLANE"
	folder       = "CHAOS_FOLDER"
	coredns      = cluster.Program
)

// options are the flags.
type options struct {
	quick    bool
	alone    bool
	stories  string
	seed     uint64
	scale    float64
	floods   time.Duration // zero: as the story says
	services int
	rate     int
	out      string
}

func main() {
	if flood.Inside() {
		if err := flood.Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.BoolVar(&o.quick, "quick", false, "a cut of a few minutes: fewer stories, shorter, kubenames alone")
	flag.BoolVar(&o.alone, "alone", false, "do without kubernetes beside kubenames")
	flag.StringVar(&o.stories, "stories", "", "only `stories` whose names begin so, separated by commas")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "what is written, and when what is random happens")
	flag.Float64Var(&o.scale, "scale", 1, "how long it takes, of what it takes by itself")
	flag.DurationVar(&o.floods, "floods", 0, "how long each flood lasts, before -scale (a minute, ten where all come at once)")
	flag.IntVar(&o.services, "services", 600, "how many Services there are")
	flag.IntVar(&o.rate, "rate", 2000, "how many questions a second each server is asked")
	flag.StringVar(&o.out, "out", "../../build/chaos", "the `folder` for the report")
	flag.Parse()
	o.alone = o.alone || o.quick

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	code, err := 0, error(nil)
	if node.Inside() {
		code, err = play(ctx, o)
	} else {
		code, err = build(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		code = 1
	}
	os.Exit(code)
}

// build makes the programs, and hands over to a node.
func build(ctx context.Context) (code int, err error) {
	if os.Geteuid() != 0 {
		return 0, errors.New("want root: the stories need a network of their own")
	}
	dir, err := os.MkdirTemp("", "kubenames-chaos-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	parts, err := cluster.Build("controlplane")
	if err != nil {
		return 0, err
	}
	server, err := cluster.CoreDNS(dir)
	if err != nil {
		return 0, err
	}
	return node.Enter(ctx, controlplane+"="+parts, folder+"="+dir, coredns+"="+server)
}

// play tells the stories, one after the other, and reports.
func play(ctx context.Context, o options) (code int, err error) {
	if err := node.Setup(); err != nil {
		return 0, err
	}
	s, err := setStage(ctx, o)
	if err != nil {
		return 0, err
	}
	defer s.clear()
	out := report.Report{Seed: o.seed, Began: time.Now(), Quick: o.quick}
	for _, story := range stories {
		if ctx.Err() != nil {
			break
		}
		if !wanted(o, story) {
			continue
		}
		rows := s.told(ctx, story)
		if o.quick && report.Broken(rows) && ctx.Err() == nil {
			say("    once more")
			for i := range rows {
				rows[i].Repeated = true
			}
			rows = append(rows, s.told(ctx, story)...)
		}
		out.Rows = append(out.Rows, rows...)
		if err := out.Write(o.out); err != nil {
			return 0, err
		}
	}
	out.Took = time.Since(out.Began)
	if err := out.Write(o.out); err != nil {
		return 0, err
	}
	fmt.Println(out.Markdown())
	if ctx.Err() != nil || out.Broken() {
		return 1, nil
	}
	return 0, nil
}

// told tells a story, and what kept it from its end.
func (s *stage) told(ctx context.Context, st story) []report.Row {
	rows, err := s.tell(ctx, st)
	if err != nil {
		rows = append(rows, report.Row{Story: st.name, Breaches: []string{err.Error()}})
	}
	return rows
}

func wanted(o options, s story) bool {
	if o.stories == "" {
		return !o.quick || s.quick
	}
	for prefix := range strings.SplitSeq(o.stories, ",") {
		if strings.HasPrefix(s.name, prefix) {
			return true
		}
	}
	return false
}
