package kubenames

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/snapshot"
)

// warmth is where a block wants its cluster kept for the next start. The zero value wants it nowhere.
type warmth struct {
	path   string
	maxAge time.Duration
}

// defaultMaxAge is how old a picture may be that is served: for longer than a day no cluster is without its API server and
// keeps its addresses.
const defaultMaxAge = 24 * time.Hour

// setSnapshot reads the option's arguments.
func setSnapshot(c *config, args []string) error {
	c.warmth = warmth{args[0], defaultMaxAge}
	if len(args) == 1 {
		return nil
	}
	d, err := time.ParseDuration(args[1])
	if err != nil || d <= 0 {
		return fmt.Errorf("snapshot %s %s: want a greatest age such as 24h", args[0], args[1])
	}
	c.warmth.maxAge = d
	return nil
}

// key tells sources apart that are kept in different files, too.
func (w warmth) key(k kube.Key) kube.Key {
	if w == (warmth{}) {
		return k
	}
	return sha256.Sum256(fmt.Appendf(nil, "%x %q %s", k, w.path, w.maxAge))
}

// alone is an error if another block of the instance keeps another cluster in the same file.
func (h *handlers) alone(k *Kubenames, path string, key kube.Key) error {
	for _, o := range h.now() {
		if path != "" && o.instance == k.instance && o.seat.saver != nil && o.seat.saver.file.Path == path && o.seat.key != key {
			return fmt.Errorf("snapshot %s: want another file: a block with another source or other options has this one", path)
		}
	}
	return nil
}

// grace is how long a start waits for the API server when there is a snapshot to serve: it is mostly there, and what it tells
// is better.
const grace = 500 * time.Millisecond

// patience is how long a start waits for the whole cluster to be known. After a reload the old instance answers meanwhile.
func (k *Kubenames) patience(timeout time.Duration) time.Duration {
	if k.seat.keeper.Saved() && len(instances.before(k)) == 0 {
		return min(timeout, grace)
	}
	return timeout
}

// file is the block's snapshot; nil: it wants none.
func (cfg *config) file() (*snapshot.File, error) {
	if cfg.warmth == (warmth{}) {
		return nil, nil
	}
	rest, err := cfg.connection.Config()
	if err != nil {
		return nil, cfg.explain(err)
	}
	id, err := kube.Identity(rest, cfg.asks())
	return &snapshot.File{Path: cfg.warmth.path, Source: id, MaxAge: cfg.warmth.maxAge}, err
}
