package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
	"github.com/kubenames/kubenames/test/e2e/dig"
)

// promise is how long a server may take: from its start to answers out of a snapshot, and from the return of the API to
// answers out of that.
const promise = time.Second

// ofTheStart are the stories of servers that start while there is no API.
var ofTheStart = []story{
	{name: "start-cold", title: "started while the API is down, without a snapshot", quick: true, beside: true, between: true,
		servfail: true, absent: true, tell: cold},
	{name: "start-warm", title: "started while the API is down, with a snapshot", quick: true, between: true,
		bound: 15 * time.Second, snapshot: true, tell: warm(3, false)},
	{name: "start-killed", title: "killed at random while it saves its snapshot, and started while the API is down", between: true,
		bound: 15 * time.Second, snapshot: true, tell: warm(20, true)},
}

// cold starts servers that know nothing, and lets the API come half a minute later.
func cold(sc *scene) error {
	sc.faulty(proxy.Fault{Down: true})
	sc.each(func(a *actor) {
		began := time.Now()
		if err := a.Subject.Start(); err != nil {
			a.breach("%v", err)
			return
		}
		if !a.until(sc.ctx, 15*time.Second, "www.elsewhere.test.", "192.0.2.1") {
			a.breach("another zone was not served 15 s after the start")
			return
		}
		a.note("another zone was served %v after the start", round(began))
		if err := a.listen(sc.record, sc.rate); err != nil {
			a.breach("%v", err)
		}
		a.Cut()
	})
	away := 20 * time.Second
	if sc.quick {
		away /= 2
	}
	sc.wait(away)
	for _, a := range sc.actors {
		if got := a.says(sc.ctx, known); got != "SERVFAIL" {
			a.breach("with nothing known it said %s", got)
		}
	}
	sc.faulty(proxy.Fault{})
	back := time.Now()
	sc.each(func(a *actor) { a.back(sc.ctx, back, "the API's return") })
	sc.heal()
	sc.wait(5 * time.Second)
	return nil
}

// warm kills a server, at a random moment or in the middle of a save, and starts it while the API is down, so many times.
func warm(times int, saving bool) func(*scene) error {
	return func(sc *scene) error {
		a, hit := sc.actors[0], 0
		sc.wait(10 * time.Second)
		for range times {
			sc.wait(2*time.Second + rand.N(4*time.Second))
			a.Hold()
			if saving && sc.saves() {
				hit++
			}
			a.Kill()
			sc.cut()
			a.proxy.Set(proxy.Fault{Down: true})
			a.proxy.Reset()
			a.Forget()
			began := time.Now()
			if err := a.Subject.Start(); err != nil {
				return err
			}
			a.back(sc.ctx, began, "its start")
			a.Resume()
			if code := a.stale(sc.ctx); code != dns.ExtendedErrorCodeStaleAnswer {
				a.breach("an answer out of a snapshot had the extended error %d, want 3", code)
			}
			sc.wait(2 * time.Second)
			a.proxy.Set(proxy.Fault{})
			returned := time.Now()
			for a.stale(sc.ctx) == dns.ExtendedErrorCodeStaleAnswer && time.Since(returned) < patience {
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(returned); took > promise {
				a.note("answers were marked as stale until %v after the API's return", took.Round(10*time.Millisecond))
			}
			sc.heal()
		}
		if saving {
			a.note("killed %d times, %d of them while it saved", times, hit)
		}
		return nil
	}
}

// back waits until what every cluster knows is answered, and holds the server to its promise.
func (a *actor) back(ctx context.Context, since time.Time, event string) {
	if !a.until(ctx, patience, known.Name, knownAddress) {
		a.breach("nothing was right %v after %s", patience, event)
		return
	}
	took := time.Since(since).Round(10 * time.Millisecond)
	if took > promise {
		a.breach("right only %v after %s", took, event)
		return
	}
	a.note("right %v after %s", took, event)
}

// until asks for an address until it is that.
func (a *actor) until(ctx context.Context, limit time.Duration, name, want string) bool {
	for until := time.Now().Add(limit); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		reply, err := dig.Ask(short, a.Address, name, dns.TypeA)
		cancel()
		if err == nil && dig.Show(reply) == want {
			return true
		}
	}
	return false
}

// stale is the extended error (RFC 8914) of an answer, or none: 0.
func (a *actor) stale(ctx context.Context) uint16 {
	reply, err := dig.Ask(ctx, a.Address, known.Name, dns.TypeA)
	if err != nil || reply.IsEdns0() == nil {
		return 0
	}
	for _, option := range reply.IsEdns0().Option {
		if e, ok := option.(*dns.EDNS0_EDE); ok {
			return e.InfoCode
		}
	}
	return 0
}

// saved is the line that has kubenames save a snapshot, in a folder where there is none yet.
func (s *stage) saved() (string, error) {
	if err := os.RemoveAll(s.snapshots()); err != nil {
		return "", err
	}
	return "snapshot " + filepath.Join(s.snapshots(), snapshot), os.Mkdir(s.snapshots(), 0o700)
}

// saves waits until a snapshot is being saved: there is a file beside it. It gives up after a while.
func (s *stage) saves() bool {
	old, _ := os.ReadDir(s.snapshots()) // what an earlier save may have left
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Microsecond) {
		files, _ := os.ReadDir(s.snapshots())
		if slices.ContainsFunc(files, func(f os.DirEntry) bool { return f.Name() != snapshot && !among(old, f) }) {
			return true
		}
	}
	return false
}

func among(files []os.DirEntry, file os.DirEntry) bool {
	return slices.ContainsFunc(files, func(f os.DirEntry) bool { return f.Name() == file.Name() })
}

// snapshot is the file's name.
const snapshot = "cluster"

func (s *stage) snapshots() string { return filepath.Join(s.dir, "snapshots") }

func round(since time.Time) time.Duration { return time.Since(since).Round(10 * time.Millisecond) }
