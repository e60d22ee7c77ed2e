package kube

import (
	"context"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Manifests is a cluster.Source that reads manifest files, and reads them again when they change.
type Manifests struct {
	options Options
}

// Stats counts what the files hold.
type Stats struct {
	Files   int // files that are read
	Broken  int // files of them whose newest content is not served
	Objects int // objects that DNS can see
	Ignored int // objects of kinds that are not for DNS
}

// NewManifests loads the files and folders.
func NewManifests(paths []string, options Options) (*Manifests, error) {
	return &Manifests{options: options}, nil
}

// Kinds lists the kinds of object that are read.
func (m *Manifests) Kinds() []cluster.Kind { return m.options.kinds() }

// Stats is what the files hold now. Any goroutine may ask.
func (m *Manifests) Stats() Stats { return Stats{} }

// Run tells what the files hold, and tells it again when they change, until the context ends.
func (m *Manifests) Run(ctx context.Context, sink cluster.Sink) error {
	<-ctx.Done()
	return nil
}
