package answer

import "unsafe"

// Bytes is about how much memory the set takes; nothing for nil. Texts that a set shares with the cluster's objects are
// not counted.
func (s *Set) Bytes() int {
	if s == nil {
		return 0
	}
	return int(unsafe.Sizeof(*s)) + cap(s.addrs) + cap(s.wire) + len(s.rel.Rel) +
		cap(s.srv)*int(unsafe.Sizeof(SRV{})) + cap(s.names)*int(unsafe.Sizeof(Name{})) + cap(s.glue)*int(unsafe.Sizeof(Glue{}))
}
