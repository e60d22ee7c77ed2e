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
	k, err := newKubenames(cfg)
	if err != nil {
		return plugin.Error(name, c.Err(err.Error()))
	}
	server := dnsserver.GetConfig(c)
	server.AddPlugin(func(next plugin.Handler) plugin.Handler {
		k.Next = next
		return k
	})
	c.OnStartup(func() error {
		k.zone.Listen(listening(server.ListenHosts))
		k.warnOfCache(server)
		return k.start(cfg.startupTimeout)
	})
	c.OnShutdown(func() error { k.stop(); return nil })
	return nil
}

// newKubenames makes the handler of a block; nothing runs yet.
func newKubenames(cfg *config) (*Kubenames, error) {
	k := &Kubenames{fall: cfg.fall, upstream: upstream.New(), stop: func() {}}
	var err error
	if k.zone, err = zone.New(cfg.zone); err != nil {
		return nil, err
	}
	source, err := newSource(cfg)
	if err != nil {
		return nil, err
	}
	k.manifests, _ = source.(*kube.Manifests)
	k.keeper = keeper.New(k.zone, source)
	return k, nil
}

// newSource is where the block's names come from.
func newSource(cfg *config) (cluster.Source, error) {
	o := cfg.wanted
	o.Pods, o.PodNames, o.Report = cfg.zone.Pods == zone.Verified, cfg.zone.PodNames, report
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
