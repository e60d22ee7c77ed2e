package main

import (
	"os"
	"time"

	"github.com/kubenames/kubenames/test/e2e/cluster"
)

// ofTheAPI are the stories of what becomes of the API server and of etcd.
var ofTheAPI = []story{
	{name: "kill-1s", title: "kube-apiserver killed, started again 1 s later", quick: true, beside: true, tell: killed(time.Second)},
	{name: "kill-60s", title: "kube-apiserver killed, started again 60 s later", beside: true, tell: killed(time.Minute)},
	{name: "kill-often", title: "kube-apiserver killed 5 s after it is back, for 5 minutes", beside: true, tell: killedOften(5 * time.Minute)},
	{name: "frozen", title: "kube-apiserver frozen for 90 s, its connections open", beside: true, tell: frozen(90 * time.Second)},
	{name: "restored", title: "etcd killed and restored from an older backup", quick: true, beside: true, tell: restored},
}

// killed takes the API server away for a time.
func killed(away time.Duration) func(*scene) error {
	return func(sc *scene) error {
		sc.wait(2 * time.Second)
		if err := sc.kill(away); err != nil {
			return err
		}
		sc.wait(10 * time.Second)
		return nil
	}
}

// killedOften takes it away again and again.
func killedOften(long time.Duration) func(*scene) error {
	return func(sc *scene) error {
		until, times := time.Now().Add(sc.long(long)), 0
		for ; time.Now().Before(until) && sc.ctx.Err() == nil; times++ {
			if err := sc.kill(0); err != nil {
				return err
			}
			sc.wait(5 * time.Second)
		}
		sc.actors[0].note("killed %d times", times)
		return nil
	}
}

// frozen stops the API server where it is. Nobody writes meanwhile: what is on its way would be done later.
func frozen(long time.Duration) func(*scene) error {
	return func(sc *scene) error {
		sc.wait(2 * time.Second)
		sc.hand.Pause()
		sc.cut()
		err := sc.kube.Freeze(cluster.APIServer)
		if err == nil {
			sc.wait(long)
			err = sc.kube.Thaw(cluster.APIServer)
		}
		sc.heal()
		sc.hand.Resume()
		sc.wait(15 * time.Second)
		return err
	}
}

// restored lets 15 seconds of writes never have been.
func restored(sc *scene) error {
	backup, err := os.MkdirTemp(sc.dir, "backup-") // the story may be told once more
	if err != nil {
		return err
	}
	sc.hand.Pause()
	sc.cut()
	err = sc.replace(func() error { return sc.kube.Backup(backup) }, cluster.Etcd)
	sc.heal()
	then := sc.hand.Remember()
	sc.hand.Resume()
	if err != nil {
		return err
	}
	sc.wait(15 * time.Second)

	sc.hand.Pause()
	sc.cut()
	rewound := sc.hand.Rewind(then)
	err = sc.replace(func() error { return sc.kube.Restore(backup) }, cluster.Etcd, cluster.APIServer)
	sc.record.Ack(rewound)
	sc.heal()
	sc.hand.Resume()
	if err != nil {
		return err
	}
	sc.wait(15 * time.Second) // of writes, with versions that there were before
	return nil
}

// replace does something while these parts are not there.
func (sc *scene) replace(do func() error, parts ...string) error {
	for _, part := range parts {
		if err := sc.kube.Kill(part); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	for _, part := range parts {
		if err := sc.kube.Revive(sc.ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (sc *scene) kill(away time.Duration) error {
	sc.cut()
	if err := sc.kube.Kill(cluster.APIServer); err != nil {
		return err
	}
	sc.wait(away)
	defer sc.heal()
	return sc.kube.Revive(sc.ctx, cluster.APIServer)
}
