// Package trial asks both plugins the same, in clusters that are made up and that change, and holds ours to what the
// rules make of the other's answers.
package trial

import (
	"context"
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
	Steps, Questions, Changes int  // how often it changes, what is asked in all, how many objects change at a time at most
	Rare                      bool // addresses in texts that nobody writes, and the like
	Stop                      bool // at the first fault, and when the time is over
}

// trial is one cluster with its servers. It belongs to one goroutine.
type trial struct {
	seed     uint64
	config   server.Config
	rand     *rand.Rand
	world    *world.World
	api      *api.Server
	theirs   *server.Server // in-tree
	clean    *server.Server // in-tree, with the clean view
	ours     *server.Server
	upstream *server.Server // of kubeadm's Corefile; nil: there is none
	heard    [2]memory      // of both in-tree servers
	cluster  *rule.Case     // as it is now
	pure     bool           // the clean view is the whole one now
	step     int
	written  time.Time     // when the last change was
	late     time.Duration // how long after that ours was right
	cut      bool          // the last change came with the end of all watches
	broken   bool          // watches were broken
	report   *Report
	before   snapshot // the cluster before the last change
	ledger   *ledger
	pair     *Pair // nil: the servers are the trial's own
}

// Run tries one seed, and tells what came of it. Only a trial that is to stop looks at the context.
func Run(ctx context.Context, seed uint64, size Size) (*Report, error) {
	t := &trial{seed: seed, config: newConfig(seed), rand: rand.New(rand.NewPCG(seed, 3)), report: &Report{}}
	if err := t.run(ctx, size); err != nil {
		return nil, fmt.Errorf("seed %d step %d: %w", seed, t.step, err)
	}
	return t.report, nil
}

func (t *trial) run(ctx context.Context, size Size) error {
	var locals []string
	if t.config.Bind == "" {
		locals = server.Locals()
	}
	t.world = world.New(t.seed, locals)
	t.world.Rare, t.world.Imports = size.Rare, t.config.Multi
	t.api = t.newAPI()
	defer t.api.Close()
	t.ledger = newLedger(t.api)
	t.world.Fill(t.ledger)
	beat := t.world.Beat(t.ledger)
	if err := t.start(); err != nil {
		return err
	}
	defer t.stop()
	t.report.Clusters++
	var touched []string
	each := (size.Questions + size.Steps) / (size.Steps + 1) // rounded up
	for t.step = range size.Steps + 1 {
		if t.step > 0 {
			var err error
			if touched, beat, err = t.change(size.Changes); err != nil {
				return err
			}
			if err := t.reload(beat); err != nil {
				return err
			}
		} else if err := t.await(beat); err != nil {
			return err
		}
		t.look()
		if err := t.ask(questions(t.rand, t.world, t.config, touched, each)); err != nil {
			return err
		}
		if size.Stop && (t.report.Unexplained > 0 || ctx.Err() != nil) {
			return nil
		}
		if t.step > 0 {
			t.report.note(t.late, t.cut)
		}
	}
	if t.seed%3 == 0 {
		return t.transfer(beat)
	}
	return nil
}

// change changes the cluster, under the eyes of a witness, until all servers have seen it.
func (t *trial) change(most int) (touched []string, beat world.Beat, err error) {
	t.before = snap(t.world)
	w, err := newWitness(t)
	if err != nil {
		return nil, beat, err
	}
	t.ledger.writes = nil
	touched = t.world.Change(t.ledger, most)
	t.disturb()
	beat = t.world.Beat(t.ledger)
	t.written = time.Now()
	t.report.Changes++
	return touched, beat, first(t.await(beat), w.over())
}

// newAPI is an API server with the views that the servers have.
func (t *trial) newAPI() *api.Server {
	s := api.NewServer(map[string]api.View{clean: rule.Clean(t.config), late: nil})
	s.Beta = t.seed%4 == 0
	return s
}

// start starts the servers.
func (t *trial) start() error {
	if t.config.Kubeadm {
		up, err := server.Upstream()
		if err != nil {
			return err
		}
		t.upstream, t.config.Upstream = up, up.UDP
	}
	for _, s := range []struct {
		server       **server.Server
		plugin, view string
	}{{&t.theirs, "kubernetes", ""}, {&t.clean, "kubernetes", clean}} {
		started, err := server.Start(t.corefile(s.plugin, s.view))
		if err != nil {
			t.stop()
			return fmt.Errorf("%s: %w", s.plugin, err)
		}
		*s.server = started
	}
	if err := t.begins(); err != nil {
		t.stop()
		return err
	}
	t.heard = [2]memory{{server: t.theirs, silent: t.silent}, {server: t.clean, silent: t.silent}}
	return nil
}

// corefile is that of a server with a view.
func (t *trial) corefile(plugin, view string) string {
	c := t.config
	if view == clean {
		c = rule.CleanConfig(c)
	}
	if t.pair != nil {
		c.Kubeadm = false // what is around it is the other servers'
	}
	return c.Corefile(plugin, t.api.URL(view))
}

// stop stops those that run.
func (t *trial) stop() {
	for _, s := range []*server.Server{t.theirs, t.clean, t.ours, t.upstream} {
		if s != nil {
			s.Stop()
		}
	}
}

// look takes the cluster as it is now.
func (t *trial) look() {
	t.heard[0].forget()
	t.heard[1].forget()
	t.cluster = rule.NewCase(t.world, t.config)
	t.pure = t.isPure()
	t.cluster.Theirs, t.cluster.Clean = t.heard[0].ask, t.heard[1].ask
	if t.pure {
		t.cluster.Clean = t.heard[0].ask
	}
}

// silent reports whether in-tree may well not answer.
func (t *trial) silent(q dialog.Question) bool {
	root := t.config.Zones[0] == "."
	if q.Type == dns.TypeNS && t.config.Bind == "" {
		return true // a service without an address may be among the servers
	}
	return q.Type == dns.TypePTR && (root || t.world.Unlabelled()) || root && (q.Type == dns.TypeNS || q.Type == dns.TypeANY)
}

// disturb does now and then what API servers do. Watches break once at most: in-tree waits longer each time.
func (t *trial) disturb() {
	t.cut = false
	switch n := t.rand.IntN(24); {
	case n < 2 && !t.broken:
		t.broken, t.cut = true, true
		[]func(){t.api.Break, t.api.Forget}[n]()
	case n < 6:
		t.api.Bookmark()
	}
}
