package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
	"github.com/kubenames/kubenames/test/e2e/chaos/report"
	"github.com/kubenames/kubenames/test/e2e/chaos/subject"
)

// story is something that happens, and the rule for it.
type story struct {
	name     string
	title    string
	quick    bool          // also in the quick cut
	beside   bool          // kubernetes is asked the same
	between  bool          // with a proxy between server and API
	servfail bool          // may be answered
	settle   time.Duration // how long all may take to be right in the end; zero: patience
	bound    time.Duration // how old what DNS says may be; zero: ask.Bound
	absent   bool          // the servers are started by the story
	snapshot bool          // kubenames saves one
	ended    bool          // the servers are gone in the end
	options  []string      // lines for the block of kubenames, if it has such options
	tell     func(*scene) error
}

// stories is all there are, in the order in which they are told.
var stories []story

func init() {
	stories = slices.Concat(ofTheAPI, ofTheWay, ofTheStart, ofTheReload, ofTheFlood, ofTheCrowd)
}

// patience is how long after the end of a story everything may take to be right.
const patience = 60 * time.Second

// moment is how much of that the other server has, once ours is right: more than any client waits between two tries.
const moment = 45 * time.Second

// scene is a story that is being told. One goroutine tells it.
type scene struct {
	*stage
	story  story
	ctx    context.Context
	actors []*actor
}

// tell tells a story.
func (s *stage) tell(ctx context.Context, told story) (rows []report.Row, err error) {
	say("%s: %s", told.name, told.title)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sc := &scene{stage: s, story: told, ctx: ctx}
	defer sc.leave()
	plugins := []string{subject.Ours}
	if told.beside && !s.alone {
		plugins = append(plugins, subject.Other)
	}
	for i, plugin := range plugins {
		a, err := s.hire(told, plugin, 1053+i*100)
		if err != nil {
			return nil, err
		}
		sc.actors = append(sc.actors, a)
	}
	if err := sc.enter(); err != nil {
		return nil, err
	}
	writing := make(chan error, 1)
	stopped, stop := context.WithCancel(ctx)
	defer stop()
	go func() { writing <- s.hand.Run(stopped, writes) }()
	if err = told.tell(sc); err == nil && !told.ended {
		sc.settle()
	}
	stop()
	if wrote := <-writing; err == nil {
		err = wrote
	}
	for _, a := range sc.actors {
		if a.Asker == nil {
			return rows, fmt.Errorf("%s: %v", a.Plugin, a.breaches)
		}
		a.Hold()
		rows = append(rows, a.row(told))
		say("    %s", rows[len(rows)-1].Line())
	}
	return rows, err
}

// enter starts the servers, and those who ask them, once all that is written is known.
func (sc *scene) enter() error {
	for _, a := range sc.actors {
		if sc.story.absent {
			continue
		}
		if err := a.start(sc.ctx, sc.record, sc.rate); err != nil {
			return err
		}
		if sc.story.bound > 0 {
			a.Allow(sc.story.bound)
		}
	}
	return nil
}

// leave ends what the story has started.
func (sc *scene) leave() {
	for _, a := range sc.actors {
		a.leave()
	}
}

// each does the same for every server at once.
func (sc *scene) each(do func(*actor)) {
	var all sync.WaitGroup
	for _, a := range sc.actors {
		all.Go(func() { do(a) })
	}
	all.Wait()
}

// settle waits until every server says what the record does. What is not right then is wrong.
func (sc *scene) settle() {
	sc.hand.Pause()
	defer sc.hand.Resume()
	limit := sc.story.settle
	if limit == 0 {
		limit = patience
	}
	all, began := sc.record.All(), time.Now()
	var done atomic.Bool // ours is
	sc.each(func(a *actor) {
		defer func() { done.Store(done.Load() || a.Plugin == subject.Ours) }()
		left, example := a.differs(sc.ctx, all)
		if len(left) == 0 {
			return
		}
		for len(left) > 0 && time.Since(began) < limit && sc.ctx.Err() == nil {
			if done.Load() && time.Since(began) > moment {
				break
			}
			time.Sleep(100 * time.Millisecond)
			left, example = a.differs(sc.ctx, left)
		}
		if len(left) > 0 {
			a.never += len(left)
			a.note("%d of %d names are not right %v later, such as %s", len(left), len(all), time.Since(began).Round(time.Second), example)
			return
		}
		a.settled = max(a.settled, time.Since(began))
	})
}

// wait is a part of the story in which nothing else happens.
func (sc *scene) wait(d time.Duration) {
	select {
	case <-time.After(sc.long(d)):
	case <-sc.ctx.Done():
	}
}

// long is a time on the scale of this run.
func (sc *scene) long(d time.Duration) time.Duration { return time.Duration(float64(d) * sc.scale) }

// cut and heal say that servers cannot hear the API from now on, and that they can.
func (sc *scene) cut() {
	for _, a := range sc.actors {
		a.Cut()
	}
}

func (sc *scene) heal() {
	for _, a := range sc.actors {
		a.Heal()
	}
}

// faulty makes this what is wrong between all servers and the API.
func (sc *scene) faulty(f proxy.Fault) {
	for _, a := range sc.actors {
		a.proxy.Set(f)
	}
}

// reset breaks all connections to the API off.
func (sc *scene) reset() {
	for _, a := range sc.actors {
		a.proxy.Reset()
	}
}
