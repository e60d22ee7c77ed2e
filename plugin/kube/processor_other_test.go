//go:build !unix

package kube

import "time"

var started = time.Now()

// processorTime is the time, where that of the process is told in another way.
func processorTime() time.Duration { return time.Since(started) }
