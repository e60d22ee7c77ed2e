package cluster

// Version is the greatest version of the cluster that was told; 0: nobody counts.
func (s *State) Version() uint64 { return s.version }

// VersionOf is the version of the last change to a Service or what belongs to it; 0: nobody counts, or nothing is known of it.
func (s *State) VersionOf(k Key) uint64 {
	g := s.groups[k]
	if g == nil {
		return 0
	}
	return g.version
}

// date notes the version of the step, if DNS can see something of it, at what it touches.
func (s *State) date(t *tally) {
	s.version = max(s.version, t.version)
	if t.delta.Empty() {
		return
	}
	t.delta.Version = t.version
	for _, k := range t.delta.Services {
		if g := s.groups[k]; g != nil {
			g.version = max(g.version, t.version)
		}
	}
}
