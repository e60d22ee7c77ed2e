package around

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// askAll asks all questions of some lines, one after the other, and returns how many they were.
func (s *server) askAll(lines []string) (n int, err error) {
	for _, line := range lines {
		all, err := questions(strings.Fields(line))
		if err != nil {
			return n, err
		}
		for _, q := range all {
			if _, _, err := s.ask(q); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// same tells that both have the same lines in any order, with some that match.
func same(t *testing.T, theirs, ours []string, patterns ...string) {
	t.Helper()
	theirs, ours = slices.Sorted(slices.Values(theirs)), slices.Sorted(slices.Values(ours))
	if !slices.Equal(theirs, ours) {
		t.Errorf("theirs has %d lines, ours %d", len(theirs), len(ours))
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			t.Errorf("only theirs: %s", line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			t.Errorf("only ours:   %s", line)
		}
	}
	for _, pattern := range patterns {
		if !slices.ContainsFunc(ours, regexp.MustCompile(pattern).MatchString) {
			t.Errorf("nothing is like %s in\n%s", pattern, strings.Join(ours, "\n"))
		}
	}
}

// eventually tries until it does not fail, or for too long.
func eventually(f func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if err := f(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// buffer may be written by any goroutine.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
