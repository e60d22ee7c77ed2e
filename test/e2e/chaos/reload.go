package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// lameduck is how long the Corefile has a server go on that is told to end.
const lameduck = 5 * time.Second

// before is how long before the end of that the last question is asked: what the server has not read when it closes its
// sockets is lost, and those who ask may be late by a moment.
const before = 50 * time.Millisecond

// ofTheReload are the stories of servers that are told to read their Corefile anew, and to end.
var ofTheReload = []story{
	{name: "reload", title: "100 reloads, every other with a change in the plugin's block", quick: true, beside: true, tell: reloads(100)},
	{name: "term", title: "SIGTERM under load, with 5 s of lame duck", quick: true, beside: true, ended: true, tell: term},
}

// reloads reads a changed Corefile again and again.
func reloads(times int) func(*scene) error {
	return func(sc *scene) error {
		if sc.quick {
			times = min(times, 10)
		}
		sc.wait(2 * time.Second)
		sc.each(func(a *actor) {
			if err := a.reload(sc, times); err != nil {
				a.breach("%v", err)
			}
		})
		sc.wait(5 * time.Second)
		return nil
	}
}

func (a *actor) reload(sc *scene, times int) error {
	var before, after [2]float64
	var slowest time.Duration
	for i := range times {
		if i%2 == 0 {
			a.Blocks = fmt.Sprintf("other%d.test:%s {\n bind 127.0.0.1\n whoami\n}\n", i, a.port())
		} else {
			a.TTL = 20 + i%10
		}
		if err := a.Configure(); err != nil {
			return err
		}
		done, began := a.reloaded(), time.Now()
		if err := a.Signal(syscall.SIGUSR1); err != nil {
			return err
		}
		for a.reloaded() == done {
			if time.Since(began) > patience || sc.ctx.Err() != nil {
				return fmt.Errorf("reload %d: not done %v later", i, patience)
			}
			time.Sleep(20 * time.Millisecond)
		}
		slowest = max(slowest, time.Since(began))
		sc.wait(200 * time.Millisecond)
		if i == 1 {
			before = a.weigh(sc)
		}
	}
	sc.wait(2 * time.Second)
	after = a.weigh(sc)
	a.note("%d reloads, the slowest %v; goroutines %v, then %v; open files %v, then %v", times, slowest.Round(10*time.Millisecond),
		before[0], after[0], before[1], after[1])
	if after[0] > before[0]+50 || after[1] > before[1]+20 {
		a.breach("reloads leave goroutines or files behind")
	}
	return nil
}

// port is where it serves.
func (a *actor) port() string {
	_, port, _ := strings.Cut(a.Address, ":")
	return port
}

// reloaded is how many reloads it has told of.
func (a *actor) reloaded() int {
	text, _ := os.ReadFile(a.Log())
	return bytes.Count(text, []byte("Reloading complete"))
}

// weigh is how many goroutines and open files there are.
func (a *actor) weigh(sc *scene) (w [2]float64) {
	for i, name := range []string{"go_goroutines", "process_open_fds"} {
		w[i], _ = a.Metric(sc.ctx, name)
	}
	return w
}

// term asks until the end of the lame duck, and wants all of it answered.
func term(sc *scene) error {
	sc.wait(5 * time.Second)
	sc.each(func(a *actor) {
		began := time.Now()
		if err := a.Signal(syscall.SIGTERM); err != nil {
			a.breach("%v", err)
			return
		}
		time.Sleep(time.Until(began.Add(lameduck - before)))
		a.Hold()
		select {
		case <-a.Ended():
			a.note("ended after %v", time.Since(began).Round(10*time.Millisecond))
		case <-time.After(10 * time.Second):
			a.breach("it has not ended 10 s after its lame duck")
		}
	})
	return nil
}
