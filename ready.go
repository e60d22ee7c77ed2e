package kubenames

// Ready implements the ready plugin's Readiness: true once the whole cluster is known, and from then on. That plugin asks
// before the start, too.
func (k *Kubenames) Ready() bool { return k.begun.Load() && k.zone.Complete() }
