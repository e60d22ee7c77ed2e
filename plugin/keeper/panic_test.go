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

// A first picture that a zone cannot take is none: told again, it is the first.
func TestPanicOfRebuild(t *testing.T) {
	k, z := newKeeper(t, script(silent))
	k.zones = append(k.zones, nil) // takes nothing
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no zone takes a picture")
			}
		}()
		k.Replace(k.source.Kinds(), all, 0)
	}()
	select {
	case <-k.Whole():
		t.Fatal("whole, and not published")
	default:
	}
	k.Detach(nil)
	k.Replace(k.source.Kinds(), all, 0)
	<-k.Whole()
	if !z.Complete() {
		t.Error("whole, and not published")
	}
}
