// Package scraper is as much of Prometheus as there is between a server's metrics and an answer to PromQL, of its own code.
package scraper

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
)

// Job is what the replicas are scraped as.
const Job = "dns"

// Prometheus scrapes, stores and answers, as Prometheus does. Any goroutine may ask it.
type Prometheus struct {
	db      *tsdb.DB
	manager *scrape.Manager
	engine  *promql.Engine
	ended   chan struct{} // closed when nothing is scraped any more
}

// settings are Prometheus' own but for two; native histograms come in the place of the buckets of old.
const settings = `
global: {scrape_interval: %s, scrape_timeout: %[1]s, scrape_native_histograms: %t}
scrape_configs: [{job_name: %s}]
`

// Start begins to scrape the addresses of instances, and stores what they say in a folder.
func Start(dir string, instances map[string]string, every time.Duration, native bool) (*Prometheus, error) {
	silent := slog.New(slog.DiscardHandler)
	c, err := config.Load(fmt.Sprintf(settings, model.Duration(every), native, Job), silent)
	if err != nil {
		return nil, err
	}
	db, err := tsdb.Open(dir, silent, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return nil, err
	}
	manager, err := scrape.NewManager(&scrape.Options{DiscoveryReloadInterval: model.Duration(10 * time.Millisecond)}, silent, nil, db, nil, prometheus.NewRegistry())
	if err == nil {
		err = manager.ApplyConfig(c)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	p := &Prometheus{db: db, manager: manager, ended: make(chan struct{})}
	p.engine = promql.NewEngine(promql.EngineOpts{Logger: silent, MaxSamples: 50_000_000, Timeout: time.Minute, EnableAtModifier: true})
	found := make(chan map[string][]*targetgroup.Group, 1)
	group := &targetgroup.Group{Source: Job}
	for name, address := range instances {
		group.Targets = append(group.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(address), model.InstanceLabel: model.LabelValue(name)})
	}
	found <- map[string][]*targetgroup.Group{Job: {group}}
	go func() {
		defer close(p.ended)
		_ = manager.Run(found)
	}()
	return p, nil
}

// Close ends it, and forgets what was stored.
func (p *Prometheus) Close() error {
	p.manager.Stop()
	<-p.ended
	return p.db.Close()
}

// At is the value of an expression at a time: a vector, or a scalar.
func (p *Prometheus) At(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	q, err := p.engine.NewInstantQuery(ctx, p.db, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	v, err := q.Exec(ctx).Vector()
	return append(promql.Vector(nil), v...), err
}

// Over is the values of an expression over a time.
func (p *Prometheus) Over(ctx context.Context, expr string, from, to time.Time, step time.Duration) (promql.Matrix, error) {
	q, err := p.engine.NewRangeQuery(ctx, p.db, nil, expr, from, to, step)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	m, err := q.Exec(ctx).Matrix()
	var all promql.Matrix // the query's own is used again
	for _, s := range m {
		s.Floats = append([]promql.FPoint(nil), s.Floats...)
		all = append(all, s)
	}
	return all, err
}
