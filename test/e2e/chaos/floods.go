package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/ask"
	"github.com/kubenames/kubenames/test/e2e/chaos/flood"
	"github.com/kubenames/kubenames/test/e2e/chaos/report"
)

// How long a flood lasts if nobody says so: a minute tells that a flood of one kind is borne. Memory that grows slowly is for
// the last story, in which all of them last for ten.
const (
	aMinute    = time.Minute
	tenMinutes = 10 * time.Minute
	aMoment    = 20 * time.Second // in the quick cut
)

// ofTheFlood are the stories of clients that mean no good.
var ofTheFlood = []story{
	{name: "flood-random", title: "random names that do not exist, as fast as they are answered", quick: true, tell: flooded(aMinute, "random")},
	{name: "flood-large", title: "messages of 64 KiB over TCP", tell: flooded(aMinute, "large")},
	{name: "flood-slow", title: "300 TCP clients that send a byte a second", tell: flooded(aMinute, "slow")},
	{name: "flood-malformed", title: "malformed packets", tell: flooded(aMinute, "malformed")},
	{name: "flood-express", title: "random names again, with the express lane", options: []string{"express"}, tell: flooded(aMinute, "random")},
	{name: "flood-all", title: "all of these at once", tell: flooded(tenMinutes, "random", "large", "slow", "malformed")},
}

// flooded compares a quiet time with a flood of some kinds, which lasts so long.
func flooded(lasts time.Duration, kinds ...string) func(*scene) error {
	return func(sc *scene) error {
		a, lasts := sc.actors[0], cmp.Or(sc.floods, lasts)
		if sc.quick {
			lasts = aMoment
		}
		// It is as quiet before the flood as behind it, for machines have fast and slow minutes.
		quiet := func() ask.Count {
			sc.wait(3 * time.Second)
			first := a.Peek(0).Answered
			sc.wait(min(lasts/8, 15*time.Second))
			a.Hold()
			defer a.Resume()
			return a.Peek(first)
		}
		early := quiet()
		a.Hold()
		a.Count()
		a.Resume()

		before, _ := a.Metric(sc.ctx, "coredns_dns_requests_total")
		stop, err := sc.flood(a, kinds...)
		if err != nil {
			return err
		}
		defer stop()
		began := time.Now()
		sc.wait(lasts / 4)
		f := &report.Flood{Warm: a.Resident(), Lenient: sc.quick}
		until := time.Now().Add(sc.long(lasts * 3 / 4))
		for time.Now().Before(until) && sc.ctx.Err() == nil {
			time.Sleep(time.Second)
			f.Most = max(f.Most, a.Resident())
		}
		a.Hold()
		f.Lasted = time.Since(began)
		stop()
		after, _ := a.Metric(sc.ctx, "coredns_dns_requests_total")
		now := a.Peek(0)
		a.Resume()
		late := quiet()
		f.P99, f.Quiet = now.P99, (early.P99+late.P99)/2
		a.flood = f
		a.note("%.0f questions were taken for questions in the flood, ours among them", after-before)
		a.note("p50 of others: %v before the flood, %v in it, %v behind it; p99 %v, %v and %v", early.P50, now.P50, late.P50, early.P99, now.P99, late.P99)
		return nil
	}
}

// flood starts one of each kind; stop ends them, however often it is called.
func (sc *scene) flood(a *actor, kinds ...string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(sc.ctx)
	var all sync.WaitGroup
	stop = func() {
		cancel()
		all.Wait()
	}
	for _, kind := range kinds {
		cmd := flood.Command(ctx, kind, a.Address)
		if err := cmd.Start(); err != nil {
			stop()
			return nil, fmt.Errorf("flood: %w", err)
		}
		all.Go(func() { cmd.Wait() })
	}
	return stop, nil
}
