package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/hand"
	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
)

// ofTheCrowd is the story of all at once.
var ofTheCrowd = []story{
	{name: "crowd", title: "5,000 endpoints leave and come back elsewhere while all this goes on", quick: true, beside: true, between: true,
		settle: 3 * time.Minute, tell: crowd},
}

// once is how many endpoints of a Service leave at once.
const once = 5

// crowd restarts every endpoint of many Services once within two minutes, while the way to the API and the API itself
// fail and strangers flood the servers. In the end DNS is compared with what the API lists, object by object.
func crowd(sc *scene) error {
	services, endpoints, long := 50, 100, 2*time.Minute
	if sc.quick {
		services, long = 10, 20*time.Second
	}
	all, err := sc.hand.Crowd(sc.ctx, services, endpoints)
	if err != nil {
		return err
	}
	stop, err := sc.flood(sc.actors[0], "random")
	if err != nil {
		return err
	}
	defer stop()

	ctx, cancel := context.WithCancel(sc.ctx)
	defer cancel()
	var trouble sync.WaitGroup
	trouble.Go(func() { err = sc.trouble(ctx) })
	began := time.Now()
	restarted := restart(sc, all, endpoints, sc.long(long))
	cancel()
	trouble.Wait()
	stop()
	if err != nil || restarted != nil {
		return firstOf(err, restarted)
	}
	sc.actors[0].note("%d endpoints restarted in %v", services*endpoints, time.Since(began).Round(time.Second))
	sc.settle()
	return sc.compare()
}

// restart lets every endpoint leave and another come, at an even pace.
func restart(sc *scene, all []*hand.Service, endpoints int, long time.Duration) error {
	rounds := endpoints / once
	gap := long / time.Duration(rounds)
	for round := range rounds {
		next := time.Now().Add(gap)
		for _, s := range all {
			if err := sc.hand.Restart(sc.ctx, s, once); err != nil {
				return err
			}
		}
		if rest := time.Until(next); rest > 0 && round < rounds-1 {
			time.Sleep(rest)
		}
	}
	return nil
}

// trouble goes on until ctx ends, and leaves everything whole.
func (sc *scene) trouble(ctx context.Context) error {
	wait := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-ctx.Done():
			return false
		}
	}
	for {
		sc.reset()
		if !wait(5 * time.Second) {
			return nil
		}
		sc.cut()
		sc.faulty(proxy.Fault{Status: http.StatusTooManyRequests})
		sc.reset()
		wait(3 * time.Second)
		sc.faulty(proxy.Fault{Gone: true, Half: true})
		wait(3 * time.Second)
		sc.faulty(proxy.Fault{})
		sc.heal()
		if !wait(5 * time.Second) {
			return nil
		}
		if err := sc.kill(0); err != nil {
			return err
		}
		if !wait(10 * time.Second) {
			return nil
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
