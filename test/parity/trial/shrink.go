package trial

import (
	"time"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// shrink takes all out of the cluster without which the fault is still there. Some faults are of a history and not of a
// cluster: those keep what was there last.
func (t *trial) shrink(f *Fault) error {
	for again := true; again; {
		again = false
		for _, resource := range []string{"pods", "endpointslices", "serviceimports", "services", "namespaces"} {
			for _, key := range t.world.Keys(resource) {
				put := t.world.Take(t.api, resource, key)
				if put == nil {
					continue
				}
				still, err := t.still(f)
				if err != nil {
					return err
				}
				if still == nil {
					put()
					continue
				}
				again = true
				f.Theirs, f.Ours, f.Want, f.Rules, f.Reason = still.Theirs, still.Ours, still.Want, still.Rules, still.Reason
			}
		}
	}
	f.Cluster = t.world.YAML()
	return nil
}

// still is the fault if it is there in the cluster as it is now; nil if it is not.
func (t *trial) still(f *Fault) (*Fault, error) {
	if err := t.await(t.world.Beat(t.api)); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(settle); ; time.Sleep(20 * time.Millisecond) {
		t.memo = map[string]dialog.Reply{}
		now, err := t.compare(f.Question)
		if err != nil || now == nil || time.Now().After(deadline) {
			return now, err
		}
	}
}
