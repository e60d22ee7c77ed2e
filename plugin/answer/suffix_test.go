package answer

import (
	"testing"
)

// TestSuffix: a suffix is whole labels.
func TestSuffix(t *testing.T) {
	for _, c := range []struct {
		name, suffix string
		want         bool
	}{
		{"web.Cluster.local.", "cluster.local.", true},
		{"cluster.local.", "cluster.local.", true},
		{"xcluster.local.", "cluster.local.", false},
		{"local.", "cluster.local.", false},
		{"web.cluster.local.", ".", true},
		{".", ".", true},
		{".", "local.", false},
		{`a\.b.local.`, "b.local.", false},
		{"a\\005local.", "local.", false}, // the byte is the length of the label that it is not
	} {
		q, s := new(Query), Suffix{}
		if err := q.SetName(c.name); err != nil {
			t.Fatal(err)
		}
		s, err := NewSuffix(c.suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Ends(q); got != c.want {
			t.Errorf("%s in %s: got %t, want %t", c.name, c.suffix, got, c.want)
		}
		if (Suffix{}).Ends(q) {
			t.Errorf("%s ends in nothing", c.name)
		}
	}
}
