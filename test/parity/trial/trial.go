// Package trial asks both plugins the same, in clusters that are made up and that change, and holds ours to what the
// rules make of the other's answers.
package trial

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// Size says how much is tried with one seed.
type Size struct {
	Steps, Questions, Changes int
	Rare                      bool // addresses in texts that nobody writes, and the like
	Shrink                    bool // stop at a seed's first fault, and make its cluster small
}

// settle is how long an answer may take to become what it must be once all events were seen: ours holds what may be on
// the move for a moment.
const settle = 400 * time.Millisecond

// clean is the name of the view that the second in-tree server has.
const clean = "clean"

// trial is one cluster with its servers. It belongs to one goroutine.
type trial struct {
	seed   uint64
	config server.Config
	rand   *rand.Rand
	world  *world.World
	api    *api.Server
	theirs *server.Server // in-tree
	clean  *server.Server // in-tree, with the clean view
	ours   *server.Server
	memo   map[string]dialog.Reply // what the in-tree servers said since the last change
	broken bool                    // watches were broken
	report *Report
	faults []*Fault
}

// Run tries one seed, and adds what came of it to the report.
func Run(seed uint64, size Size, report *Report) error {
	t := &trial{seed: seed, config: newConfig(seed), rand: rand.New(rand.NewPCG(seed, 3)), report: report}
	var locals []string
	if t.config.Bind == "" {
		locals = server.Locals()
	}
	t.world = world.New(seed, locals)
	t.world.Rare, t.world.Imports = size.Rare, t.config.Multi
	t.api = api.NewServer(map[string]api.View{clean: rule.Clean(t.config)})
	t.api.Beta = seed%4 == 0
	defer t.api.Close()
	t.world.Fill(t.api)
	beat := t.world.Beat(t.api)
	for _, s := range []struct {
		server       **server.Server
		plugin, view string
	}{{&t.theirs, "kubernetes", ""}, {&t.clean, "kubernetes", clean}, {&t.ours, "kubenames", ""}} {
		config := t.config
		if s.view == clean {
			config = rule.CleanConfig(config)
		}
		started, err := server.Start(config.Corefile(s.plugin, t.api.URL(s.view)))
		if err != nil {
			return fmt.Errorf("seed %d: %s: %w", seed, s.plugin, err)
		}
		defer started.Stop()
		*s.server = started
	}
	report.Clusters++
	var touched []string
	for step := range size.Steps + 1 {
		if step > 0 {
			touched = t.world.Change(t.api, size.Changes)
			t.disturb()
			beat = t.world.Beat(t.api)
			report.Changes++
		}
		if err := t.await(beat); err != nil {
			return fmt.Errorf("seed %d step %d: %w", seed, step, err)
		}
		t.memo = map[string]dialog.Reply{}
		for _, q := range questions(t.rand, t.world, t.config, touched, size.Questions) {
			if err := t.try(q, step); err != nil {
				return fmt.Errorf("seed %d step %d: %s: %w", seed, step, q, err)
			}
		}
		if size.Shrink && len(t.faults) > 0 {
			return t.shrink(t.faults[0])
		}
	}
	return nil
}

// disturb does now and then what API servers do. Watches break once at most: in-tree waits longer each time.
func (t *trial) disturb() {
	switch n := t.rand.IntN(24); {
	case n < 2 && !t.broken:
		t.broken = true
		[]func(){t.api.Break, t.api.Forget}[n]()
	case n < 6:
		t.api.Bookmark()
	}
}

// try asks one question of both.
func (t *trial) try(q dialog.Question, step int) error {
	t.report.Questions++
	root := t.config.Zones[0] == "."
	q.ExpectSilence = q.Type == dns.TypePTR && (root || t.world.Unlabelled()) || root && (q.Type == dns.TypeNS || q.Type == dns.TypeANY)
	deadline := time.Now().Add(settle)
	for {
		fault, err := t.compare(q)
		if err != nil || fault == nil {
			return err
		}
		if time.Now().After(deadline) {
			fault.Seed, fault.Step = t.seed, step
			fault.Corefile = t.config.Block("PLUGIN", "")
			fault.Cluster = t.world.YAML()
			t.report.fault(fault)
			t.faults = append(t.faults, fault)
			return nil
		}
		time.Sleep(20 * time.Millisecond)
		t.memo = map[string]dialog.Reply{}
	}
}

// compare asks both, and returns what is not explained; nil: all is.
func (t *trial) compare(q dialog.Question) (*Fault, error) {
	var failed error
	c := rule.NewCase(t.world, t.config)
	c.Theirs = t.asker(t.theirs, "theirs ", &failed)
	c.Clean = t.asker(t.clean, "clean ", &failed)
	ours, err := t.ours.Ask(q)
	if err != nil {
		return nil, err
	}
	theirs := c.Theirs(q)
	want, rules := c.Expect(q)
	if failed != nil {
		return nil, failed
	}
	if ours.TC || want.TC || theirs.TC {
		over := q
		over.TCP = true
		want, rules = c.Expect(over)
		if reason := rule.Fits(ours, want, theirs, rules); reason != "" && !ours.Equal(want) {
			return &Fault{Question: q, Theirs: theirs, Ours: ours, Want: want, Rules: rules, Reason: reason}, failed
		}
		t.report.explained(append(rules, "cut"))
		return nil, failed
	}
	if !ours.Equal(want) {
		return &Fault{Question: q, Theirs: theirs, Ours: ours, Want: want, Rules: rules}, nil
	}
	t.report.explained(rules)
	return nil, nil
}

// asker asks a server, and remembers what it says.
func (t *trial) asker(s *server.Server, prefix string, failed *error) func(dialog.Question) dialog.Reply {
	return func(q dialog.Question) dialog.Reply {
		key := prefix + q.String()
		r, ok := t.memo[key]
		if !ok {
			var err error
			if r, err = s.Ask(q); err != nil {
				*failed = err
			}
			t.memo[key] = r
		}
		return r
	}
}
