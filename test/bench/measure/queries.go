package measure

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// Queries measures the CPU of each contestant for each kind of question about a cluster: while nothing changes, while
// endpoints do, or one after the other.
func (b *Bench) Queries(size int, kinds []load.Kind, still, changing bool) error {
	if !still && !changing {
		return nil
	}
	server := api.NewServer()
	defer server.Close()
	c := cluster.New(b.size(size), server)
	const message, header, record = 65535, 12, 16
	if b.Big*record+header > message {
		b.Report.Note(fmt.Sprintf("TCP: %d address records are more than a message of 64 KiB holds: those answers are truncated, for all contestants", b.Big))
	}
	plans := contestant.Plans
	if !b.Knot {
		plans = plans[:len(plans)-1]
	}
	s := b.setting("endpoint "+server.URL(), "insecure")
	var err error
	if s.Zones, err = b.zones(c); err != nil {
		return err
	}
	l, err := start(plans, s)
	if err != nil {
		return err
	}
	defer l.stop()
	if still {
		if err := b.queries(report.Queries, services(size), l, c, kinds, nil); err != nil {
			return err
		}
	}
	if !changing {
		return nil
	}
	moves := newChanges(c, b.Rate)
	defer moves.stop()
	return b.queries(report.Changing, services(size), l.watchers(), c, kinds, moves)
}

func (b *Bench) queries(section, label string, l lineup, c *cluster.Cluster, kinds []load.Kind, moves *changes) error {
	defer b.took(section+", "+label, time.Now())
	for _, k := range kinds {
		b.Log("%s, %s: %s", section, label, k.Name)
		if err := b.kind(section, label, k, c, l, moves); err != nil {
			return err
		}
	}
	return b.explainQueries(section, label, c, l)
}

// kind samples all contestants in turns. Who cannot answer a kind is left out, unless it is ours.
func (b *Bench) kind(section, label string, k load.Kind, c *cluster.Cluster, l lineup, moves *changes) error {
	able, err := b.able(label, k, c, l)
	if err != nil {
		return err
	}
	rounds := b.Rounds
	if moves != nil {
		rounds = b.ChangingRounds
	}
	set, err := b.questions(k, c)
	for round := 0; round <= rounds; round++ {
		for _, who := range slices.Clone(able) {
			if k.Fresh && err == nil {
				set, err = b.questions(k, c)
			}
			if err != nil {
				return err
			}
			key, length := report.Key{Section: section, Cluster: label, Case: k.Name, Contestant: who.Name}, b.length(c)
			if round == 0 {
				key, length = report.Key{}, b.Sample // fills caches, and does not count
			}
			err := b.patiently(who, func() error {
				if moves != nil && who.Watches() {
					if err := b.catchUp(who, c); err != nil {
						return err
					}
				}
				return b.sample(key, who, set, length, moves)
			})
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded):
				b.Report.Note(fmt.Sprintf("%s, %s, %s: %s: given up: %s", section, label, k.Name, who.Name, err))
				able = slices.DeleteFunc(able, func(o *contestant.Contestant) bool { return o == who })
			case err != nil:
				return fmt.Errorf("%s: %s: %w", who.Name, k.Name, err)
			}
		}
	}
	return nil
}

// patiently takes a sample, and again if an answer is lost: a server may starve while it collects its garbage.
func (b *Bench) patiently(who *contestant.Contestant, sample func() error) (err error) {
	for range 3 {
		if err = turn(who, sample); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		b.Log("%s: %s", who.Name, err)
		if err := who.Pause(); err != nil {
			return err
		}
	}
	return err
}

// able is who answers a few questions of a kind right.
func (b *Bench) able(label string, k load.Kind, c *cluster.Cluster, l lineup) (able lineup, err error) {
	for _, who := range l {
		var wrong error
		err := turn(who, func() error {
			if who.Answers() {
				wrong = verify(who, k, c)
			}
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case wrong != nil && who.Plugin == "kubenames":
			return nil, fmt.Errorf("%s: %w", who.Name, wrong)
		case wrong != nil:
			b.Report.Note(fmt.Sprintf("%s, %s: left out: %s", label, who.Name, wrong))
		default:
			able = append(able, who)
		}
	}
	return able, nil
}

// verify asks a few questions, and again for a while if an answer is wrong: changes may have to be caught up with.
func verify(who *contestant.Contestant, k load.Kind, c *cluster.Cluster) (wrong error) {
	questions := k.Questions(c, 0, 20)
	for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		wrong = k.Verify(who.Address(), questions)
		if wrong == nil || !who.Watches() || time.Now().After(deadline) {
			return wrong
		}
	}
}

// sample is one run of the load generator.
func (b *Bench) sample(key report.Key, who *contestant.Contestant, set load.Set, length time.Duration, moves *changes) error {
	check := load.Exact
	if !who.Answers() {
		check = load.Anything
	}
	if moves != nil {
		check = load.Near
		if err := who.Quiet(); err != nil { // it has caught up
			return err
		}
	}
	before, err := who.CPU()
	if err != nil {
		return err
	}
	moves.open()
	result, err := set.Run(who.Address(), length, check)
	after, late := who.CPU()
	moves.close()
	if err == nil {
		err = late
	}
	if err != nil || key == (report.Key{}) {
		return err
	}
	b.Report.Add(key, "µs", float64((after-before).Nanoseconds())/1e3/float64(result.Answered))
	if rate, ok := rates[key.Section]; ok {
		key.Section = rate
		b.Report.Add(key, "1/s", float64(result.Answered)/result.Seconds)
	}
	return nil
}

// rates is where answers a second go; they depend on the load generator too, and are not compared.
var rates = map[string]string{report.Queries: report.Rate, report.Changing: report.RateChanging}
