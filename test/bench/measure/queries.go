package measure

import (
	"fmt"

	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
	"github.com/kubenames/kubenames/test/parity/api"
)

// Queries measures the CPU of each contestant for each kind of question about a cluster; and, if changing, the same again
// while endpoints change.
func (b *Bench) Queries(size int, kinds []load.Kind, changing bool) error {
	server := api.NewServer(nil)
	defer server.Close()
	c := cluster.New(b.size(size), server)
	plans := contestant.Plans
	if !b.Knot {
		plans = plans[:len(plans)-1]
	}
	if err := b.queries(report.Queries, services(size), plans, b.setting("endpoint "+server.URL(""), "insecure"), c, kinds, nil); err != nil {
		return err
	}
	if !changing {
		return nil
	}
	moves := newChanges(c, b.Rate)
	defer moves.stop()
	return b.queries(report.Changing, services(size), watchers, b.setting("endpoint "+server.URL(""), "insecure"), c, kinds, moves)
}

// watchers is the contestants that follow an API server.
var watchers = contestant.Named(contestant.InTreeStock, contestant.InTreeKubeadm, contestant.KubenamesStock, contestant.KubenamesKubeadm)

func (b *Bench) queries(section, label string, plans []contestant.Plan, s contestant.Setting, c *cluster.Cluster, kinds []load.Kind, moves *changes) error {
	var err error
	if s.Zones, err = b.zones(c); err != nil {
		return err
	}
	l, err := start(plans, s)
	if err != nil {
		return err
	}
	defer l.stop()
	for _, k := range kinds {
		b.Log("%s, %s: %s", section, label, k.Name)
		for round := range b.Rounds + 1 { // the first one fills caches, and does not count
			for _, who := range l {
				key := report.Key{Section: section, Cluster: label, Case: k.Name, Contestant: who.Name}
				if err := turn(who, func() error { return b.sample(key, who, k, c, round, moves) }); err != nil {
					return fmt.Errorf("%s: %w", who.Name, err)
				}
			}
		}
	}
	return nil
}

// sample is one run of the load generator. Round 0 looks at single answers before.
func (b *Bench) sample(key report.Key, who *contestant.Contestant, k load.Kind, c *cluster.Cluster, round int, moves *changes) error {
	if round == 0 && who.Answers() {
		if err := k.Verify(who.Address(), k.Questions(c, 0, 20)); err != nil {
			return err
		}
	}
	seed := uint64(round + 1)
	if k.Fresh {
		b.asked++
		seed = b.asked
	}
	set, err := b.questions(k, c, seed)
	if err != nil {
		return err
	}
	before, err := settle(who)
	if err != nil {
		return err
	}
	moves.open()
	result, err := set.Run(who.Port, b.Sample, !who.Answers())
	after, late := who.CPU()
	moves.close()
	if err != nil {
		return err
	}
	if late != nil || round == 0 {
		return late
	}
	b.Report.Add(key, "µs", float64((after-before).Nanoseconds())/1e3/float64(result.Answered))
	key.Section = rates[key.Section]
	b.Report.Add(key, "1/s", result.PerSec)
	return nil
}

// rates is where answers a second go; they depend on the load generator too, and are not compared.
var rates = map[string]string{report.Queries: report.Rate, report.Changing: report.Rate + ", under change"}
