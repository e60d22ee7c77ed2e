// Package trial is a bad day of two replicas, in a minute and a half. They are processes as in a cluster, are asked all the
// time, and are scraped by Prometheus' own code.
//
//	clients ──▶ replica a, replica b ──▶ API server, which goes and comes
//	                     ▲  └──────────▶ a resolver
//	                Prometheus
package trial

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/kubenames/kubenames/test/monitoring/scraper"
)

// Day is what replicas live through. One goroutine uses it.
type Day struct {
	Prometheus *scraper.Prometheus
	Began      time.Time // of what is scraped

	program  string
	api      *apiServer
	upstream *upstream
	replicas []*replica
	clients  sync.WaitGroup
	leave    context.CancelFunc
	changes  int
}

// Chapter is a part of the day: what happens at its beginning. Chapters are told in their order.
type Chapter struct {
	Name  string
	begin func(*Day) error
}

// Chapters is the whole day.
var Chapters = []Chapter{
	{"start", func(*Day) error { return nil }},
	{"well", func(d *Day) error { d.api.back(); return nil }},
	{"outage", func(d *Day) error {
		d.api.leave()
		return os.RemoveAll(d.replicas[1].snapshots()) // b cannot save
	}},
	{"restored", func(d *Day) error { d.api.restore(); return nil }},
}

// Audits is how often each kind is audited.
const Audits = 2 * time.Second

// Begin starts the replicas while there is no API server: a has a snapshot, b has none. They are scraped so often.
func Begin(ctx context.Context, dir, program string, scrapes time.Duration, native bool) (d *Day, err error) {
	d = &Day{program: program, api: newAPIServer()}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, d.End())
		}
	}()
	if d.upstream, err = newUpstream(); err != nil {
		return d, err
	}
	instances := map[string]string{}
	for _, name := range []string{"a", "b"} {
		r, err := newReplica(name, dir, d.api.url(), d.upstream.address(), Audits)
		if err != nil {
			return d, err
		}
		d.replicas = append(d.replicas, r)
		instances[name] = r.metrics
	}
	if err := d.save(ctx); err != nil {
		return d, err
	}
	for _, r := range d.replicas {
		if err := r.start(program); err != nil {
			return d, err
		}
	}
	d.Began = time.Now()
	if d.Prometheus, err = scraper.Start(filepath.Join(dir, "prometheus"), instances, scrapes, native); err != nil {
		return d, err
	}
	var asking context.Context
	asking, d.leave = context.WithCancel(ctx)
	for _, r := range d.replicas {
		d.clients.Go(func() { ask(asking, r.dns, 200) })
	}
	return d, nil
}

// save gives the first replica a snapshot, by a life before.
func (d *Day) save(ctx context.Context) error {
	r := d.replicas[0]
	d.api.back()
	defer d.api.leave()
	if err := r.start(d.program); err != nil {
		return err
	}
	defer r.stop() // which saves
	for ctx.Err() == nil {
		if strings.Contains(r.said(), "serving cluster.local") {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("no snapshot: %w", ctx.Err())
}

// Tell begins a chapter, and lets so much time pass, in which endpoints change.
func (d *Day) Tell(ctx context.Context, c Chapter, lasts time.Duration) error {
	if err := c.begin(d); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	end := time.After(lasts)
	change := time.NewTicker(150 * time.Millisecond)
	defer change.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case <-change.C:
			d.changes++
			d.api.roll(d.changes)
		}
	}
}

// End ends everything that there is of it, and returns what the replicas logged.
func (d *Day) End() (said string) {
	if d.leave != nil {
		d.leave()
		d.clients.Wait()
	}
	if d.Prometheus != nil {
		d.Prometheus.Close()
	}
	for _, r := range d.replicas {
		r.stop()
		said += r.said()
	}
	if d.upstream != nil {
		d.upstream.Shutdown()
	}
	d.api.close()
	return said
}
