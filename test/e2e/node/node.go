// Package node is the machine that the cluster runs on: network, mount and process namespaces of its own, in which the
// control plane, CoreDNS and every pod live. Nothing in it is reachable from outside, and nothing outlives it: the
// kernel ends every process and removes every link with its first process.
//
//	go test ── Enter ──▶ node (10.244.0.1) ─┬─ veth ─ pod (10.244.0.2, a namespace and an HTTP server)
//	                     etcd, API server,  ├─ veth ─ pod (10.244.0.3)
//	                     CoreDNS, kube-proxy└─ …
package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Address is the node's own: its pods' gateway, and where it serves DNS.
const Address = "10.244.0.1"

// inside marks the environment of a program that runs on the node.
const inside = "E2E_NODE"

// Inside tells whether this program runs on the node.
func Inside() bool { return os.Getenv(inside) != "" }

// Enter runs this program again on a new node, with env added to its environment, and returns its exit code. When ctx ends
// the program is interrupted, and has a moment to say so.
func Enter(ctx context.Context, env ...string) (int, error) {
	runtime.LockOSThread() // Pdeathsig follows the thread.
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(append(os.Environ(), inside+"=1"), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// Setup makes the new namespaces a machine: its own /proc, a loopback, the node's address, forwarding.
func Setup() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	err := batch(nil,
		"link set lo up",
		"addr add "+Address+"/32 dev lo",
	)
	if err != nil {
		return err
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
}

// batch runs lines of ip(8), behind the words of prefix.
func batch(prefix []string, lines ...string) error {
	words := append(prefix, "ip", "-batch", "-")
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w: %s", err, out)
	}
	return nil
}
