package kubenames

// Ready implements the ready plugin's Readiness: true once the whole cluster is known, and from then on. A handler that is
// over has nobody wait for it: that plugin also asks those of an instance whose start has failed.
func (k *Kubenames) Ready() bool {
	switch k.phase.Load() {
	case planned:
		return false
	case stopped:
		return true
	}
	return k.zone.Complete()
}
