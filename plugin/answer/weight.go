package answer

import "unsafe"

// Bytes is about how much memory the set takes; nothing for nil. It counts the texts of targets of SRV records, some of
// which may be shared with others.
func (s *Set) Bytes() int {
	if s == nil {
		return 0
	}
	stamped := 0
	if t := s.stamp.Load(); t != nil && t != asked {
		stamped = int(unsafe.Sizeof(*t)) + cap(t.records)
	}
	labels := s.size - len(s.srv)*srvFixed
	n := int(unsafe.Sizeof(*s)) + cap(s.addrs) + cap(s.wire) + len(s.rel.Rel) + labels + stamped
	n += cap(s.srv) * int(unsafe.Sizeof(SRV{}))
	n += cap(s.names) * int(unsafe.Sizeof(Name{}))
	return n + cap(s.glue)*int(unsafe.Sizeof(Glue{}))
}
