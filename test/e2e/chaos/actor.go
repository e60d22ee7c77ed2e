package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/ask"
	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
	"github.com/kubenames/kubenames/test/e2e/chaos/record"
	"github.com/kubenames/kubenames/test/e2e/chaos/report"
	"github.com/kubenames/kubenames/test/e2e/chaos/subject"
	"github.com/kubenames/kubenames/test/e2e/cluster"
	"github.com/kubenames/kubenames/test/e2e/dig"
)

// known is what every cluster has: the Service of the DNS server.
var known = record.Question{Name: "kube-dns.kube-system.svc.cluster.local.", Type: dns.TypeA}

// knownAddress is its address.
const knownAddress = cluster.DNS

// stall is how long a machine may stop in everyday life without a word about it.
const stall = 50 * time.Millisecond

// actor is a server in a story, and who asks it.
type actor struct {
	*subject.Subject
	*ask.Asker              // nil before start
	proxy      *proxy.Proxy // nil if nothing is between it and the API

	mu       sync.Mutex
	never    int           // names that never became right
	settled  time.Duration // until everything was right in the end
	flood    *report.Flood // nil: there was none
	notes    []string
	breaches []string
}

// hire returns a server that is not started yet.
func (s *stage) hire(told story, plugin string, port int) (*actor, error) {
	var between *proxy.Proxy
	url := s.kube.URL()
	if told.between {
		cert, key := s.kube.Keys()
		var err error
		if between, err = proxy.Start(url, cert, key); err != nil {
			return nil, err
		}
		url = between.URL()
	}
	account, err := s.kube.Account(plugin+".conf", url)
	if err != nil {
		return nil, err
	}
	a := &actor{Subject: subject.New(plugin, os.Getenv(coredns), s.dir, account, port), proxy: between}
	if plugin != subject.Ours {
		return a, nil
	}
	options := told.options
	if told.snapshot {
		line, err := s.saved()
		if err != nil {
			return nil, err
		}
		options = append([]string{line}, options...)
	}
	for _, line := range options {
		a.Options += line + "\n"
	}
	return a, nil
}

// start runs the server, and asks it once it is ready.
func (a *actor) start(ctx context.Context, r *record.Record, rate int) error {
	if err := a.Subject.Start(); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := a.Ready(limit); err != nil {
		return err
	}
	return a.listen(r, rate)
}

// listen asks the server from now on.
func (a *actor) listen(r *record.Record, rate int) (err error) {
	a.Asker, err = ask.Start(r, a.Address, rate)
	return err
}

func (a *actor) leave() {
	if a.Asker != nil {
		a.Asker.Stop()
	}
	a.Kill()
	if a.proxy != nil {
		a.proxy.Stop()
	}
}

// differs is which of these questions the server answers otherwise than they are now.
func (a *actor) differs(ctx context.Context, all []*record.Entry) (left []*record.Entry, example string) {
	const hands = 4
	var mu sync.Mutex
	var work sync.WaitGroup
	for i := range hands {
		work.Go(func() {
			for j := i; j < len(all) && ctx.Err() == nil; j += hands {
				said, want := a.says(ctx, all[j].Question), all[j].Now()
				if said != want {
					mu.Lock()
					left = append(left, all[j])
					example = fmt.Sprintf("%s %s: %q, and it is %q", all[j].Name, dns.TypeToString[all[j].Type], said, want)
					mu.Unlock()
				}
			}
		})
	}
	work.Wait()
	return left, example
}

// says asks once, in a hurry.
func (a *actor) says(ctx context.Context, q record.Question) string {
	reply, err := dig.Ask(ctx, a.Address, q.Name, q.Type)
	if err != nil {
		return err.Error()
	}
	return dig.Show(reply)
}

// note keeps what the report should say of this server.
func (a *actor) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// breach keeps that the server broke a rule of the story.
func (a *actor) breach(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.breaches = append(a.breaches, fmt.Sprintf(format, args...))
}

// row is what became of it.
func (a *actor) row(told story) report.Row {
	c := a.Count()
	if a.proxy != nil {
		a.note("%d answers and events of the API were spoiled", a.proxy.Spoiled())
	}
	if c.Stall > stall {
		a.note("the machine is busy: those who ask did not get the processor for %v", c.Stall.Round(time.Millisecond))
	}
	if n := a.Dropped(); n > 0 {
		a.note("%d packets were dropped at its socket, unread", n)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := report.Row{
		Story: told.name, Title: told.title, Subject: a.Plugin, Ours: a.Plugin == subject.Ours,
		Asked: c.Asked, Wrong: c.Wrong + a.never, Lost: c.Lost, Late: c.Late, Worst: c.Worst, Bound: cmp.Or(told.bound, ask.Bound),
		Failed: c.Failed, MayFail: told.servfail, P50: c.P50, P99: c.P99, Peak: a.Peak(), Settled: a.settled, Flood: a.flood,
		Notes: a.notes, Breaches: a.breaches, Examples: c.Examples,
	}
	r.Judge()
	return r
}
