package answer

import "encoding/binary"

// stamp is the records of a set and its glue, finished as they stand in a message to queries of one shape: those whose
// zone is the same, and begins at the same place. Most queries for a set are. Immutable.
type stamp struct {
	zone    string // in lower case, with the root
	begin   int    // where the records start in the message
	records []byte // with the zone in lower case
	answers int    // how many of them are answers
}

// asked stands for a stamp that is not worth while yet: nobody has asked but once.
var asked = new(stamp)

// stampMost is how long the records of a stamp may be: longer ones are asked for over TCP, if at all.
const stampMost = 4096

// finished is the set's stamp for the query, for records that begin there. It is nil for other shapes, and for sets that
// need none.
func (s *Set) finished(q *Query, begin int) *stamp {
	if s.srv == nil {
		return nil
	}
	t := s.stamp.Load()
	switch {
	case t == nil:
		s.stamp.CompareAndSwap(nil, asked)
		return nil
	case t == asked:
		if s.total(q)+s.glueSize > stampMost {
			return nil
		}
		t = s.newStamp(q, begin)
		s.stamp.CompareAndSwap(asked, t)
	}
	return t.of(q, begin)
}

// stamped is the set's stamp for the query if it has one, for records that follow the question. A nil set has none.
func (s *Set) stamped(q *Query) *stamp {
	if s == nil || s.srv == nil {
		return nil
	}
	return s.stamp.Load().of(q, question+q.length+4)
}

// of is the stamp if it is for queries of that shape, else nil.
func (t *stamp) of(q *Query, begin int) *stamp {
	if t == nil || t.begin != begin || t.zone != q.end {
		return nil
	}
	return t
}

func (s *Set) newStamp(q *Query, begin int) *stamp {
	t := &stamp{zone: q.end, begin: begin, answers: s.Len()}
	all := cut{answers: t.answers, glue: len(s.glue)}
	records := make([]byte, 0, s.total(q)+s.glueSize)
	t.records = s.appendGlue(s.appendRecords(records, q, all, question), q, all.glue, begin)
	s.spell(t.records, q.lower[q.zone:q.length])
	return t
}

// append appends the records, with the zone as the query spells it.
func (t *stamp) append(dst []byte, q *Query, s *Set) []byte {
	n := len(dst)
	dst = append(dst, t.records...)
	if &q.name[0] != &q.lower[0] {
		s.spell(dst[n:], q.name[q.zone:q.length])
	}
	return dst
}

// spell writes the zone into the target of each record of the set; the records stand at the start of b.
func (s *Set) spell(b, zone []byte) {
	at := 0
	for range s.srv {
		at += fixed + int(binary.BigEndian.Uint16(b[at+fixed-2:]))
		copy(b[at-len(zone):], zone)
	}
}
