package kubenames

import (
	"regexp"
	"testing"
)

// withLane gives each block of ours in the Corefile a lane.
func withLane(corefile string) string {
	corefile = regexp.MustCompile(`(?m)^(\s*kubenames[^{\n]*)$`).ReplaceAllString(corefile, "$1 {\n}")
	return regexp.MustCompile(`(?m)^(\s*kubenames[^{\n]*\{)$`).ReplaceAllString(corefile, "$1\nexpress 2\n")
}

// With a lane every story ends the same, and as it does for the server without one that it is compared with in the end.
func TestScriptExpress(t *testing.T) {
	var taken, handed uint64
	tell(t, withLane, func() {
		for _, l := range running.now() {
			s := l.Stats()
			taken, handed = taken+s.Taken, handed+s.Handed
		}
	})
	t.Logf("answered by lanes: %d, by servers: %d", taken, handed)
	if taken < 500 || handed == 0 {
		t.Error("the lanes had no part in it")
	}
}
