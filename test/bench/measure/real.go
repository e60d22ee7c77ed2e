package measure

import (
	"os"
	"path/filepath"
	"time"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/apiserver"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// OnReal is the name of a contestant that follows a real API server.
func OnReal(contestant string) string { return contestant + ", kube-apiserver" }

// Real measures the mix with a real API server beside the one of this process, about the same cluster: where the objects
// come from makes no difference to the answers' cost.
func (b *Bench) Real(program string) error {
	defer b.took("real", time.Now())
	dir := filepath.Join(b.Dir, "apiserver")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	b.Log("real: starting etcd and kube-apiserver")
	theirs, err := apiserver.Start(program, dir)
	if err != nil {
		return err
	}
	defer theirs.Stop()
	size := b.size(b.Sizes[0])
	cluster.New(size, theirs)
	if err := theirs.Flush(); err != nil {
		return err
	}
	server := api.NewServer()
	defer server.Close()
	c := cluster.New(size, server)
	return b.beside(c, b.setting("endpoint "+server.URL(), "disabled"), b.setting("kubeconfig "+theirs.Kubeconfig, "disabled"))
}

// beside runs the same contestants with two settings.
func (b *Bench) beside(c *cluster.Cluster, one, other contestant.Setting) error {
	l, err := start(inMemory, one)
	if err != nil {
		return err
	}
	defer l.stop()
	second, err := start(inMemory, other)
	if err != nil {
		return err
	}
	defer second.stop()
	for _, who := range second {
		who.Name = OnReal(who.Name)
	}
	return b.queries(report.Real, services(c.Services), append(l, second...), c, load.Kinds[:1], nil)
}
