package keeper

import (
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// A change that cannot be applied does not keep the next from it: who tells of it goes on after the panic.
func TestPanic(t *testing.T) {
	k, _ := newKeeper(t, script(silent))
	k.Replace(k.source.Kinds(), all, 0)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a Service is taken for a pod")
			}
		}()
		k.Apply(cluster.Change{Ref: cluster.Ref{Kind: cluster.KindPod, Namespace: "n", Name: "p"}, Object: &cluster.Service{}})
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.Apply(cluster.Put(slice("a")))
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("nobody can tell the keeper of a change any more")
	}
}
