package kube

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

// Key tells sources apart: those with equal keys tell the same of one cluster. The zero value is the key of none.
type Key [sha256.Size]byte

// LiveKey is the key of the source that NewLive makes of the connection and the options. It is to be asked before the connection
// is made: then what changes meanwhile is a change. Files that a client reads again when they change, with tokens,
// certificates and keys, count by their paths; a kubeconfig file counts by what is in it.
func LiveKey(c Connection, o Options) (Key, error) {
	var kubeconfig []byte
	if c.Kubeconfig != "" {
		var err error
		if kubeconfig, err = os.ReadFile(c.Kubeconfig); err != nil {
			return Key{}, fmt.Errorf("kubeconfig %s: %w", c.Kubeconfig, err)
		}
		if c.Kubeconfig, err = filepath.Abs(c.Kubeconfig); err != nil { // what it names is beside it
			return Key{}, fmt.Errorf("kubeconfig: %w", err)
		}
	}
	config, err := c.locate()
	if err != nil {
		return Key{}, err
	}
	return newKey("live", c, kubeconfig, config.Host, o.wants()), nil
}

// ManifestsKey is the key of the source that NewManifests makes of the paths and the options.
func ManifestsKey(paths []string, o Options) (Key, error) {
	all := make([]string, len(paths))
	for i, p := range paths {
		var err error
		if all[i], err = filepath.Abs(p); err != nil {
			return Key{}, fmt.Errorf("manifests: %w", err)
		}
	}
	return newKey("manifests", all, o.wants()), nil
}

func newKey(kind string, parts ...any) Key {
	return sha256.Sum256(fmt.Appendf(nil, "%s %#v", kind, parts))
}

// wants is the options without those who only listen.
func (o Options) wants() Options {
	o.Observe, o.Waited, o.Report, o.Incident, o.Audited = nil, nil, nil, nil, nil
	return o
}
