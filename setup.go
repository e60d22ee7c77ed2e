// Package kubenames is a CoreDNS plugin that serves the names of a Kubernetes cluster.
//
// This package is the plugin's face to CoreDNS, one interface a file. What it does is below plugin/.
package kubenames

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	clog "github.com/coredns/coredns/plugin/pkg/log"
	"github.com/coredns/coredns/plugin/pkg/upstream"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

const name = "kubenames"

var log = clog.NewWithPlugin(name)

func init() { plugin.Register(name, setup) }

// known is the options that there are, in a sentence.
func known() string { return strings.Join(slices.Sorted(maps.Keys(options)), ", ") }

func setup(c *caddy.Controller) error {
	cfg, err := parse(c)
	if err != nil {
		return plugin.Error(name, err)
	}
	k := newKubenames(cfg)
	if err := k.build(cfg); err != nil {
		return plugin.Error(name, c.Err(err.Error()))
	}
	server := dnsserver.GetConfig(c)
	k.register(server)
	c.OnStartup(func() error {
		if cfg.want(server) {
			if err := k.build(cfg); err != nil {
				return plugin.Error(name, err)
			}
		}
		k.zone.Listen(listening(server.ListenHosts))
		k.warnOfCache(server)
		return k.start(cfg.startupTimeout)
	})
	if cfg.express.sockets > 0 {
		k.board(c)
	}
	c.OnShutdown(func() error { k.stop(); return nil })
	return nil
}

// newKubenames is a handler of a block that has nothing to answer from yet.
func newKubenames(cfg *config) *Kubenames {
	return &Kubenames{
		spec: cfg.zone, fall: cfg.fall, early: cfg.early, express: cfg.express, upstream: upstream.New(), search: searchList(resolvConf),
		stop: func() {},
	}
}

// build makes the zones and their source; nothing runs yet. It may be called again until start.
func (k *Kubenames) build(cfg *config) error {
	z, err := zone.New(cfg.zone)
	if err != nil {
		return err
	}
	source, err := newSource(cfg)
	if err != nil {
		return err
	}
	k.zone, k.keeper = z, keeper.New(z, source)
	k.keeper.Programmed = programmed
	k.manifests, _ = source.(*kube.Manifests)
	k.live, _ = source.(*kube.Live)
	k.external = cfg.wanted.Outside
	return nil
}

// want asks the source for what only other plugins in the block make use of, and reports whether there is something. They
// are not known before the start.
func (cfg *config) want(server *dnsserver.Config) bool {
	_, ours := server.Handler(handlerName).(*kubernetes)
	cfg.wanted.Outside = ours && server.Handler("k8s_external") != nil
	cfg.wanted.PodLabels = cfg.zone.Pods == zone.Verified && server.Handler("metadata") != nil
	return cfg.wanted.Outside || cfg.wanted.PodLabels
}

// newSource is where the block's names come from.
func newSource(cfg *config) (cluster.Source, error) {
	o := cfg.wanted
	o.Pods, o.PodNames, o.Places = cfg.zone.Pods == zone.Verified, cfg.zone.PodNames, cfg.zone.Zonal
	o.Imports, o.Report = len(cfg.zone.Clustersets) > 0, report
	if cfg.manifests != nil {
		return kube.NewManifests(cfg.manifests, o)
	}
	o.Observe, o.Waited = observeRequest, observeWait
	redirectClientLogs()
	rest, err := cfg.connection.Config()
	if err != nil && cfg.connection == (kube.Connection{}) {
		return nil, fmt.Errorf("no source of names: want kubeconfig, endpoint or manifests outside a cluster: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return kube.NewLive(rest, o)
}

// start runs the keeper, and waits for the whole cluster to be known, but not for longer than the timeout.
func (k *Kubenames) start(timeout time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	k.stop = func() {
		cancel()
		running.Wait()
		k.transfers.end()
		instances.remove(k)
	}
	instances.add(k)
	running.Go(func() {
		if err := k.keeper.Run(ctx); err != nil && ctx.Err() == nil {
			log.Errorf("the names are not kept any more: %s", err)
		}
	})
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case <-k.keeper.Whole():
		k.serving()
		return nil
	case <-limit.C:
	}
	log.Warningf("serving before the cluster is known: waited %s, and there is no list of %v yet; its names get SERVFAIL until then",
		timeout, k.keeper.Missing())
	running.Go(func() {
		select {
		case <-k.keeper.Whole():
			k.serving()
		case <-ctx.Done():
		}
	})
	return nil
}

// serving logs that the whole cluster is known.
func (k *Kubenames) serving() {
	log.Infof("serving %s: %s", strings.Join(k.zone.Origins(), " "), k.counts())
}

// counts is how many objects are known, in a sentence.
func (k *Kubenames) counts() string {
	var parts []string
	counts := k.keeper.Counts()
	for _, kind := range cluster.Kinds() {
		if n, ok := counts[kind]; ok {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return strings.Join(parts, ", ")
}
