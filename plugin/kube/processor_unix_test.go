//go:build unix

package kube

import (
	"syscall"
	"time"
)

// processorTime is how much of it the process has had: whatever else the machine does, this does not go on meanwhile.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
