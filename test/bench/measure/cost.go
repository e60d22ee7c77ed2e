package measure

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

// The cases of the cost of a change. An endpoint changes as when its pod is replaced, see cluster.Change: every other time it
// turns unready, and then it is back with another address. A rolling restart is both for each endpoint.
const (
	OneEndpoint = "one endpoint of the biggest service"
	Restart     = "rolling restart of it"
	Creation    = "services created"
)

// Cost measures what changes take: the CPU and the memory that is allocated until all is published, and how long it is
// from the last acknowledgement until it is served.
func (b *Bench) Cost() error {
	defer b.took("cost", time.Now())
	plans := append([]contestant.Plan{contestant.Reader}, inMemory...)
	for range b.CostRounds {
		for _, p := range plans {
			if err := b.cost(p); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	for _, p := range inMemory {
		for _, name := range []string{OneEndpoint, Restart, b.creation()} {
			b.beyond(p.Name, name)
		}
	}
	b.aside = true
	defer func() { b.aside = false }()
	for _, v := range b.missed(report.Cost, services(b.Main)) {
		if err := b.explainCost(v); err != nil {
			return err
		}
	}
	return nil
}

// explainCost changes one endpoint after the other once more.
func (b *Bench) explainCost(v report.Verdict) error {
	b.Log("profile: %s: %s", v.Goal, v.In)
	return b.alone(contestant.Named(v.Key.Contestant)[0], func(who *contestant.Contestant, c *cluster.Cluster) error {
		return b.explainCPU(v, who, func() error { return b.charge(who, OneEndpoint, 5*b.Single, replacing(c)) })
	})
}

// Beyond names the CPU of a case without what it takes to read the events.
func Beyond(name string) string { return name + ": CPU beyond the reading" }

func (b *Bench) creation() string { return fmt.Sprintf("%d %s", b.Created, Creation) }

// beyond compares medians: collecting garbage is in some samples, and not in those of others that were taken next to them.
func (b *Bench) beyond(who, name string) {
	key := func(what, who string) report.Key {
		return report.Key{Section: report.Cost, Cluster: services(b.Main), Case: what, Contestant: who}
	}
	reading, ok := report.Of(b.Report.Find(key(name+": CPU", contestant.NothingReads)))
	all, some := report.Of(b.Report.Find(key(name+": CPU", who)))
	if ok && some {
		b.Report.Add(key(Beyond(name), who), "µs", all.Median-reading.Median)
	}
}

// alone starts a contestant with a cluster that nobody else has to follow.
func (b *Bench) alone(p contestant.Plan, f func(*contestant.Contestant, *cluster.Cluster) error) error {
	server := api.NewServer()
	defer server.Close()
	c := cluster.New(b.size(b.Main), server)
	who, err := p.Start(b.setting("endpoint "+server.URL(), "disabled"))
	if err != nil {
		return err
	}
	defer who.Stop()
	return f(who, c)
}

// change makes one, and tells a name that has the address afterwards.
type change func() (name string, address netip.Addr)

// replacing replaces endpoints of the biggest service: every other change is the end of one.
func replacing(c *cluster.Cluster) change {
	big, turn := c.BigService(), 0
	return func() (string, netip.Addr) {
		j := turn / 2 * 37 % big.Count
		c.Step(big, j, turn%2)
		turn++
		return big.Hostname(j) + "." + big.FQDN(), c.Address(big.First + j)
	}
}

// cost charges a contestant with each kind of change.
func (b *Bench) cost(p contestant.Plan) error {
	return b.alone(p, func(who *contestant.Contestant, c *cluster.Cluster) error {
		step := replacing(c)
		for range b.Singles {
			if err := b.charge(who, OneEndpoint, b.Single, step); err != nil {
				return err
			}
		}
		if err := b.charge(who, Restart, 1, func() (name string, address netip.Addr) {
			for range 2 * b.Big {
				name, address = step()
			}
			return name, address
		}); err != nil {
			return err
		}
		return b.charge(who, b.creation(), 1, func() (string, netip.Addr) {
			var s cluster.Service
			for i := range b.Created {
				s = stranger(c, i)
				c.PutService(s)
				c.PutSlices(s)
			}
			return s.FQDN(), s.Address
		})
	})
}

// charge measures n changes of a kind, and tells what one costs. The last one is asked for until it is served, which is in
// the CPU time, too.
func (b *Bench) charge(who *contestant.Contestant, name string, n int, change change) error {
	b.Log("cost: %s: %s", name, who.Name)
	add := func(what, unit string, value float64) {
		if b.aside {
			return
		}
		b.Report.Add(report.Key{Section: report.Cost, Cluster: services(b.Main), Case: name + ": " + what, Contestant: who.Name}, unit, value)
	}
	if err := who.Quiet(); err != nil {
		return err
	}
	memory, err := who.Now()
	if err != nil {
		return err
	}
	before, err := who.CPU()
	if err != nil {
		return err
	}
	var last string
	var address netip.Addr
	for range n {
		last, address = change()
		if n > 1 {
			time.Sleep(2 * time.Millisecond) // so that each is a change of its own
		}
	}
	if who.Answers() {
		served, err := until(who, last, address)
		if err != nil {
			return err
		}
		add("until served", "ms", float64(served.Microseconds())/1e3)
	}
	after, err := settle(who)
	if err != nil {
		return err
	}
	now, err := who.Now()
	if err != nil {
		return err
	}
	add("CPU", "µs", float64((after-before).Nanoseconds())/1e3/float64(n))
	add("allocated", "kB", float64(now.Allocated-memory.Allocated)/1e3/float64(n))
	add("allocations", "objects", float64(now.Allocations-memory.Allocations)/float64(n))
	return nil
}

// until asks, not too often, until the name has the address.
func until(who *contestant.Contestant, name string, address netip.Addr) (time.Duration, error) {
	acked := time.Now()
	conn, err := dns.Dial("udp", who.Address())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	e := &event{question: name, acked: acked, right: func(_ int, got map[netip.Addr]bool) bool { return got[address] }}
	took := make([]time.Duration, 1)
	err = await(conn, []*event{e}, took, time.Millisecond)
	return took[0], err
}
