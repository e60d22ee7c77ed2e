package main

import (
	"time"

	"github.com/kubenames/kubenames/test/e2e/cluster"
)

// ofTheAPI are the stories of what becomes of the API server and of etcd.
var ofTheAPI = []story{
	{name: "kill-1s", title: "kube-apiserver killed, started again 1 s later", quick: true, beside: true, tell: killed(time.Second)},
	{name: "kill-60s", title: "kube-apiserver killed, started again 60 s later", beside: true, tell: killed(time.Minute)},
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

func (sc *scene) kill(away time.Duration) error {
	sc.cut()
	if err := sc.kube.Kill(cluster.APIServer); err != nil {
		return err
	}
	sc.wait(away)
	defer sc.heal()
	return sc.kube.Revive(sc.ctx, cluster.APIServer)
}
