package kubenames

// Ready implements the ready plugin's Readiness: true once the whole cluster is known and the server has its sockets, and
// from then on. That plugin asks before the start, too: then those are ready or not that a reload takes the place of.
func (k *Kubenames) Ready() bool {
	if !k.listens.Load() && instances.ready(k) {
		return true
	}
	return k.listens.Load() && k.zone.Complete() // it may have taken their place since
}
