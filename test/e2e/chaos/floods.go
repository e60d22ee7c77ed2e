package main

import (
	"context"
	"fmt"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/ask"
	"github.com/kubenames/kubenames/test/e2e/chaos/flood"
)

// What memory may grow by in a flood, once it has lasted a while: a tenth, and what the runtime is free to hold.
const (
	share = 10      // a tenth
	slack = 8 << 10 // KiB
)

// ofTheFlood are the stories of clients that mean no good.
var ofTheFlood = []story{
	{name: "flood-random", title: "random names that do not exist, as fast as they are answered", quick: true, tell: flooded("random")},
	{name: "flood-large", title: "messages of 64 KiB over TCP", tell: flooded("large")},
	{name: "flood-slow", title: "300 TCP clients that send a byte a second", tell: flooded("slow")},
	{name: "flood-malformed", title: "malformed packets", tell: flooded("malformed")},
	{name: "flood-express", title: "random names again, with the express lane", options: []string{"express"}, tell: flooded("random")},
}

// flooded compares a quiet time with a flood.
func flooded(kind string) func(*scene) error {
	return func(sc *scene) error {
		a, long := sc.actors[0], 100*time.Second
		if sc.quick {
			long = 20 * time.Second
		}
		sc.wait(3 * time.Second)
		a.Hold()
		a.Count()
		a.Resume()
		sc.wait(long / 8)
		a.Hold()
		quiet := a.Count()
		a.Resume()

		before, _ := a.Metric(sc.ctx, "coredns_dns_requests_total")
		stop, err := sc.flood(kind, a)
		if err != nil {
			return err
		}
		defer stop()
		sc.wait(long / 4)
		warm, most := a.Resident(), 0
		until := time.Now().Add(sc.long(long * 3 / 4))
		for time.Now().Before(until) && sc.ctx.Err() == nil {
			time.Sleep(time.Second)
			most = max(most, a.Resident())
		}
		a.Hold()
		stop()
		after, _ := a.Metric(sc.ctx, "coredns_dns_requests_total")
		a.note("%.0f questions were taken for questions in the flood, ours among them", after-before)
		a.weighed(warm, most)
		a.calm(quiet, a.Peek(), !sc.quick)
		a.Resume()
		return nil
	}
}

// weighed holds the memory to what it was.
func (a *actor) weighed(warm, most int) {
	a.note("resident: %d MiB after a while, then at most %d MiB", warm>>10, most>>10)
	if most > warm+warm/share+slack {
		a.breach("memory grows: %d KiB, then %d KiB", warm, most)
	}
}

// calm compares what others see. On two processors that is as much about the machine as about the server, so that only a
// whole run is held to it.
func (a *actor) calm(quiet, flooded ask.Count, strict bool) {
	a.note("p99 of others: %v when it is quiet, %v in the flood; p50 %v and %v", quiet.P99, flooded.P99, quiet.P50, flooded.P50)
	if strict && flooded.P99 > 2*quiet.P99 {
		a.breach("p99 of others: %v, more than twice %v", flooded.P99, quiet.P99)
	}
}

// flood starts one; stop ends it, however often it is called.
func (sc *scene) flood(kind string, a *actor) (stop func(), err error) {
	ctx, cancel := context.WithCancel(sc.ctx)
	cmd := flood.Command(ctx, kind, a.Address)
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("flood: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait()
	}()
	return func() {
		cancel()
		<-done
	}, nil
}
