package subject

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Resident is how much memory the process has now, in KiB; 0 if it has ended.
func (s *Subject) Resident() int { return s.status("VmRSS:") }

// Peak is the most that any of its processes has had, in KiB.
func (s *Subject) Peak() int {
	now := s.status("VmHWM:")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peak = max(s.peak, now)
	return s.peak
}

func (s *Subject) status(field string) int {
	p := s.now()
	if p == nil {
		return 0
	}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib
		}
	}
	return 0
}

// Metric is what its metrics say, such as go_goroutines: the sum over all labels.
func (s *Subject) Metric(ctx context.Context, name string) (sum float64, err error) {
	text, err := s.get(ctx, 30000, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		fields := strings.Fields(rest)
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return 0, fmt.Errorf("%s: metric %s: %w", s.Plugin, name, err)
		}
		sum += value
	}
	return sum, nil
}

// Dropped is how many packets the kernel has dropped because the server did not read them in time.
func (s *Subject) Dropped() (n int) {
	text, _ := os.ReadFile("/proc/net/udp")
	port := fmt.Sprintf(":%04X", s.port)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 12 && strings.HasSuffix(fields[1], port) {
			drops, _ := strconv.Atoi(fields[12])
			n += drops
		}
	}
	return n
}
