package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/trial"
)

// two is the flags about two servers that run.
type two struct {
	theirs, ours        string
	kubeconfig, context string
	corefile            string
	zones, pods         string
	namespaces          string
	fall                string
	ttl, questions      int
	rate                int
	podNames            bool
	seed                uint64
}

func (f *two) flags(set *flag.FlagSet) {
	set.StringVar(&f.theirs, "a", "", "`address` of a server that runs, with the in-tree plugin")
	set.StringVar(&f.ours, "b", "", "`address` of a server that runs, with kubenames and the same options")
	set.StringVar(&f.kubeconfig, "kubeconfig", "", "the `file` of the cluster that both tell of; it is only read")
	set.StringVar(&f.context, "context", "", "the context of the kubeconfig")
	set.StringVar(&f.corefile, "corefile", "", "the `file` with the options of both, in the place of those that follow")
	set.StringVar(&f.zones, "zones", "cluster.local in-addr.arpa ip6.arpa", "the zones of both")
	set.StringVar(&f.pods, "pods", "disabled", "as in a Corefile")
	set.StringVar(&f.namespaces, "namespaces", "", "as in a Corefile")
	set.StringVar(&f.fall, "fallthrough", "-", "zones, as in a Corefile; - is none")
	set.IntVar(&f.ttl, "ttl", 5, "as in a Corefile")
	set.BoolVar(&f.podNames, "endpoint_pod_names", false, "as in a Corefile")
	set.IntVar(&f.rate, "rate", 1000, "how many questions a second are asked of two servers")
}

// pair is the pair that the flags mean.
func (f *two) pair() (*trial.Pair, error) {
	if f.theirs == "" || f.ours == "" || f.kubeconfig == "" || f.rate < 1 {
		return nil, errors.New("two servers: want -a, -b, -kubeconfig and a -rate")
	}
	p := &trial.Pair{Questions: f.questions, Rate: f.rate, Seed: f.seed, Cached: func(string) bool { return false }}
	var err error
	if p.Theirs, err = trial.Address(f.theirs); err != nil {
		return nil, err
	}
	if p.Ours, err = trial.Address(f.ours); err != nil {
		return nil, err
	}
	if p.Config, p.Cached, err = f.config(p.Cached); err != nil {
		return nil, err
	}
	rules := clientcmd.ClientConfigLoadingRules{ExplicitPath: f.kubeconfig}
	rest, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&rules, &clientcmd.ConfigOverrides{CurrentContext: f.context}).ClientConfig()
	if err != nil {
		return nil, err
	}
	p.Client, err = kubernetes.NewForConfig(rest)
	return p, err
}

// config is the options of both servers.
func (f *two) config(cached func(string) bool) (server.Config, func(string) bool, error) {
	if f.corefile != "" {
		text, err := os.ReadFile(f.corefile)
		if err != nil {
			return server.Config{}, nil, err
		}
		return server.Parse(string(text))
	}
	c := server.Config{
		Zones: strings.Fields(f.zones), TTL: f.ttl, Pods: f.pods, Namespaces: strings.Fields(f.namespaces), PodNames: f.podNames,
	}
	if f.fall != "-" {
		c.Falls, c.Fallthrough = true, strings.Fields(f.fall)
	}
	return c, cached, nil
}

// compare asks the two servers, and tells what came of it.
func (f *two) compare(ctx context.Context) (*trial.Report, error) {
	p, err := f.pair()
	if err != nil {
		return nil, err
	}
	report, err := p.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("two servers: %w", err)
	}
	return report, nil
}
