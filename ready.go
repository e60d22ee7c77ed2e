package kubenames

// Ready implements the ready plugin's Readiness: true once the whole cluster is known, and from then on.
func (k *Kubenames) Ready() bool { return k.zone.Complete() }
