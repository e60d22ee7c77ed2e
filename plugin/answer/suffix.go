package answer

// Suffix is the last labels of names, in any spelling. It is immutable, and may be compared. The zero value is the end of
// no name.
type Suffix struct {
	wire   string // in lower case, with the root
	labels int
}

// NewSuffix is the suffix of that name, fully qualified.
func NewSuffix(name string) (Suffix, error) {
	var q Query
	if err := q.SetName(name); err != nil {
		return Suffix{}, err
	}
	return Suffix{string(q.lower[:q.length]), q.labels}, nil
}

// Labels is the number of labels.
func (s Suffix) Labels() int { return s.labels }

// Len is how many bytes the suffix takes on the wire, with the root.
func (s Suffix) Len() int { return len(s.wire) }

// Ends reports whether the query's name ends in the suffix, or is the suffix.
func (s Suffix) Ends(q *Query) bool {
	first := q.labels - s.labels
	return first >= 0 && string(q.lower[q.starts[first]:]) == s.wire
}

// Append appends the suffix on the wire, with the root, in lower case.
func (s Suffix) Append(dst []byte) []byte { return append(dst, s.wire...) }
