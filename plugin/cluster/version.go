package cluster

// Version is the greatest version of the cluster that was told; 0: nobody counts.
func (s *State) Version() uint64 { return s.version }

// VersionOf is the version of the last change to a Service or what belongs to it; 0: nobody counts, or nothing is known of it.
func (s *State) VersionOf(k Key) uint64 {
	g := s.group(k)
	if g == nil {
		return 0
	}
	return g.version
}

// date notes the version of the step at what it touches; 0: DNS can see nothing of it.
func (s *State) date(version uint64, t *tally) {
	s.version = max(s.version, t.version)
	for _, g := range t.groups.all {
		g.version = max(g.version, version)
	}
}
