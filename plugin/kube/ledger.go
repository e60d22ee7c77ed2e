package kube

import (
	"github.com/kubenames/kubenames/plugin/cluster"
	"k8s.io/apimachinery/pkg/runtime"
)

// What a store knows for audits. It is never asked where nobody audits.

// unmark begins to mark what is seen.
func (s *store) unmark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions.unmark()
}

// hash is what versions knows an object by.
func (s *store) hash(namespace, name string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.versions.hash(namespace, name)
}

// note notes a version, or, of an object that does not exist, none.
func (s *store) note(r cluster.Ref, version uint64, exists bool) {
	if s.versions == nil {
		return
	}
	hash := s.versions.hash(r.Namespace, r.Name)
	s.touched = s.touched || hash == s.mending
	if exists {
		s.versions.put(hash, version)
	} else {
		s.versions.drop(hash)
	}
}

// compare marks an object as seen, and reports whether it is held in that version.
func (s *store) compare(namespace, name string, version uint64) (hash uint64, same bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash = s.versions.hash(namespace, name)
	s.versions.mark(hash)
	held, ok := s.versions.get(hash)
	return hash, ok && held == short(version)
}

func (s *store) unmarked(f func(hash uint64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions.unmarked(f)
}

// held is how many objects are.
func (s *store) held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.versions.len
}

// remaining is those of which nothing better was told meanwhile. The version is that of the cluster in which they came up.
func (s *store) remaining(doubts []doubt, version uint64) (rest []doubt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range doubts {
		held, ok := s.versions.get(d.hash)
		switch {
		case d.gone && ok && !s.versions.marked(d.hash):
			d.what = MissedDelete
		case d.gone:
			continue
		case !ok:
			d.what = MissedAdd
		case held == short(d.version) || newer(held, short(max(version, d.version)+1)): // the latter was told since
			continue
		default:
			d.what = MissedUpdate
			d.back, d.held = newer(held, short(d.version)), long(held, version)
		}
		rest = append(rest, d)
	}
	return rest
}

// mends notes which object is being read; 0: none.
func (s *store) mends(hash uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mending, s.touched = hash, false
}

// mend makes the object what it is in the server's storage, nil if there is none, and reports what was missed, unless the
// watch told of it meanwhile. The version is that of a deletion. What is older in the storage than it was told to be is of
// another history, and stays what it is.
func (s *store) mend(r cluster.Ref, now runtime.Object, version uint64) (missed Incident, differed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.versions.get(s.versions.hash(r.Namespace, r.Name))
	if s.touched || now == nil && !ok {
		return 0, false
	}
	if now == nil {
		s.note(r, 0, false)
		s.apply(cluster.Change{Ref: r, Version: version})
		return MissedDelete, true
	}
	version = versionOf(now)
	switch {
	case ok && held == short(version):
		return 0, false
	case ok && newer(held, short(version)):
		return Backwards, true
	}
	_, seen, err := s.read(now)
	s.note(r, version, true)
	if err != nil {
		s.report(err)
	} else {
		s.apply(cluster.Change{Ref: r, Object: seen, Version: version})
	}
	if ok {
		return MissedUpdate, true
	}
	return MissedAdd, true
}
