package measure

import (
	"sync"

	"github.com/kubenames/kubenames/test/bench/contestant"
)

// lineup is contestants that know the same cluster. All are halted but for the one whose turn it is.
type lineup []*contestant.Contestant

// start returns once all have read the cluster, and are halted.
func start(plans []contestant.Plan, s contestant.Setting) (lineup, error) {
	l, errs := make(lineup, len(plans)), make([]error, len(plans))
	var all sync.WaitGroup
	for i, p := range plans {
		all.Go(func() { l[i], errs[i] = p.Start(s) })
	}
	all.Wait()
	for i, err := range errs {
		if err == nil {
			err = l[i].Quiet()
		}
		if err == nil {
			err = l[i].Pause()
		}
		if err != nil {
			l.stop()
			return nil, err
		}
	}
	return l, nil
}

func (l lineup) stop() {
	for _, c := range l {
		if c != nil {
			c.Stop()
		}
	}
}

// watchers is the contestants that follow an API server.
func (l lineup) watchers() (some lineup) {
	for _, c := range l {
		if c.Watches() {
			some = append(some, c)
		}
	}
	return some
}

// turn lets a contestant run while f does.
func turn(c *contestant.Contestant, f func() error) error {
	if err := c.Resume(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return c.Pause()
}
