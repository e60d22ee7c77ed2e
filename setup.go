// Package kubenames is a CoreDNS plugin that serves the names of a Kubernetes cluster.
//
// This package is the plugin's face to CoreDNS, one interface a file. What it does is below plugin/.
package kubenames

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
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
	prepared, err := k.prepare(cfg)
	if err != nil {
		return plugin.Error(name, c.Err(err.Error()))
	}
	server := dnsserver.GetConfig(c)
	k.register(server)
	k.instance, k.port = c.Context(), server.Port
	c.Set(contextKey{}, k.instance)
	c.OnStartup(func() error {
		instances.sweep()
		cfg.want(server)
		if err := k.sit(cfg, prepared, listening(server.ListenHosts)); err != nil {
			return plugin.Error(name, err)
		}
		prepared = nil
		k.warnOfCache(server)
		k.start(cfg.startupTimeout)
		return nil
	})
	if cfg.express.sockets > 0 {
		k.board(c)
	}
	k.endWith(c)
	return nil
}

// endWith stops the handler with its instance: after a reload at once, else behind that of health, the lame duck's time. An
// instance whose start failed is stopped by the one before it.
func (k *Kubenames) endWith(c *caddy.Controller) {
	reload := false
	c.OnRestart(func() error { reload = true; return nil })
	c.OnRestartFailed(func() error {
		reload = false
		instances.sweep()
		running.forget()
		return nil
	})
	c.OnShutdown(func() error {
		if reload {
			k.stop()
		}
		return nil
	})
	c.OnFinalShutdown(func() error { k.stop(); return nil })
}

// newKubenames is a handler of a block that has nothing to answer from yet.
func newKubenames(cfg *config) *Kubenames {
	return &Kubenames{
		spec: cfg.zone, fall: cfg.fall, early: cfg.early, express: cfg.express, upstream: upstream.New(), search: searchList(resolvConf),
		stop: func() {},
	}
}

// prepare makes what the block wants, so that what cannot be is an error of the setup: the zone, and the source, unless one
// runs already. Nothing runs yet.
func (k *Kubenames) prepare(cfg *config) (*prepared, error) {
	var err error
	if k.zone, err = zone.New(cfg.zone); err != nil {
		return nil, err
	}
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	if watching.runs(key) {
		return nil, nil
	}
	return cfg.source(key)
}

// source is the source of the key, and its snapshot.
func (cfg *config) source(key kube.Key) (*prepared, error) {
	p, err := &prepared{key: key}, error(nil)
	if p.file, err = cfg.file(); err != nil {
		return nil, err
	}
	p.source, err = newSource(cfg)
	return p, err
}

// sit takes the handler's seat.
func (k *Kubenames) sit(cfg *config, p *prepared, local []netip.Addr) error {
	key, err := cfg.key()
	if err != nil {
		return err
	}
	source := func() (*prepared, error) {
		if p != nil && p.key == key {
			return p, nil
		}
		return cfg.source(key)
	}
	if err := instances.alone(k, cfg.warmth.path, key); err != nil {
		return err
	}
	if k.seat, err = watching.take(key, source, cfg.zone, local, instances.before(k)); err != nil {
		return err
	}
	k.zone, k.external = k.seat.zone, cfg.wanted.Outside
	return nil
}

// want asks the source for what only other plugins in the block make use of. They are not known before the start.
func (cfg *config) want(server *dnsserver.Config) {
	_, ours := server.Handler(handlerName).(*kubernetes)
	cfg.wanted.Outside = ours && server.Handler("k8s_external") != nil
	cfg.wanted.PodLabels = cfg.zone.Pods == zone.Verified && server.Handler("metadata") != nil
}

// asks is all that the block asks its source for.
func (cfg *config) asks() kube.Options {
	o := cfg.wanted
	o.Pods, o.PodNames, o.Places = cfg.zone.Pods == zone.Verified, cfg.zone.PodNames, cfg.zone.Zonal
	o.Imports = len(cfg.zone.Clustersets) > 0
	return o
}

// key tells the block's source from others.
func (cfg *config) key() (kube.Key, error) {
	if cfg.manifests != nil {
		return kube.ManifestsKey(cfg.manifests, cfg.asks())
	}
	key, err := kube.LiveKey(cfg.connection, cfg.asks())
	return cfg.warmth.key(key), cfg.explain(err)
}

// explain says what is missing where no option names a source.
func (cfg *config) explain(err error) error {
	if err != nil && cfg.connection == (kube.Connection{}) {
		return fmt.Errorf("no source of names: want kubeconfig, endpoint or manifests outside a cluster: %w", err)
	}
	return err
}

// newSource is where the block's names come from.
func newSource(cfg *config) (cluster.Source, error) {
	o := cfg.asks()
	o.Report = report
	if cfg.manifests != nil {
		return kube.NewManifests(cfg.manifests, o)
	}
	o.Observe, o.Waited, o.Incident, o.Audited = observeRequest, observeWait, observeIncident, observeAudit
	redirectClientLogs()
	rest, err := cfg.connection.Config()
	if err != nil {
		return nil, cfg.explain(err)
	}
	live, err := kube.NewLive(rest, o)
	if err != nil {
		return nil, err
	}
	appear(live.Kinds())
	return live, nil
}

// start begins to answer. It waits for the whole cluster to be known, but no longer than for the timeout since the watch
// began.
func (k *Kubenames) start(timeout time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	from := watching
	k.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		k.transfers.end()
		instances.remove(k)
		from.leave(k.seat)
	})
	instances.add(k)
	defer instances.inherit(k)
	limit := time.NewTimer(time.Until(k.seat.began.Add(k.patience(timeout))))
	defer limit.Stop()
	select {
	case <-k.seat.keeper.Whole():
	case <-limit.C: // at once, where the watch began long before
	}
	select {
	case <-k.seat.keeper.Whole():
		k.serving()
		return
	default:
	}
	if k.seat.keeper.Saved() {
		log.Warningf("serving %s out of a snapshot, as it was %s ago: there is no list of %v yet", strings.Join(k.zone.Origins(), " "),
			k.seat.saver.age(), k.seat.keeper.Missing())
	} else {
		log.Warningf("serving before the cluster is known: waited %s, and there is no list of %v yet; its names get SERVFAIL until then",
			timeout, k.seat.keeper.Missing())
	}
	running.Go(func() {
		select {
		case <-k.seat.keeper.Whole():
			k.serving()
		case <-ctx.Done():
		}
	})
}

// serving logs that the whole cluster is known.
func (k *Kubenames) serving() {
	log.Infof("serving %s: %s", strings.Join(k.zone.Origins(), " "), k.counts())
}

// counts is how many objects are known, in a sentence.
func (k *Kubenames) counts() string {
	var parts []string
	counts := k.seat.keeper.Counts()
	for _, kind := range cluster.Kinds() {
		if n, ok := counts[kind]; ok {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return strings.Join(parts, ", ")
}
