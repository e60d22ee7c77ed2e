package node

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
)

// Spec says what a pod is made of.
type Spec struct {
	Name     string
	Hostname string
	Address  string // IPv4; the pod listens here
	Ports    []int  // each answers HTTP with the pod's name
	Resolv   string // the text of its /etc/resolv.conf
}

// Pod is a running pod: namespaces with an address, and a process that listens there. Any goroutine may use it.
type Pod struct {
	cmd   *exec.Cmd
	stdin io.Closer // the pod ends when it closes
}

// links numbers the node's ends of the pods' links.
var links atomic.Int64

// Start returns once the pod listens.
func Start(spec Spec) (*Pod, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), pod+"="+string(text))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("pod %s: %w", spec.Name, err)
	}
	p := &Pod{cmd: cmd, stdin: stdin}
	if err := p.link(spec.Address); err != nil {
		p.Stop()
		return nil, fmt.Errorf("pod %s: %w", spec.Name, err)
	}
	fmt.Fprintln(stdin, "linked")
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		p.Stop()
		return nil, fmt.Errorf("pod %s: ended before it listened", spec.Name)
	}
	return p, nil
}

// Stop ends the pod and takes its address away.
func (p *Pod) Stop() {
	p.stdin.Close()
	p.cmd.Wait()
}

// Command is a program of the node's that will run in the pod's network, with the pod's resolv.conf.
func (p *Pod) Command(ctx context.Context, words ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append(p.enter(), words...)...)
}

func (p *Pod) enter() []string {
	return []string{"--target", strconv.Itoa(p.cmd.Process.Pid), "--net", "--mount", "--uts", "--"}
}

// link routes the address to the pod, and everything else from the pod to the node.
func (p *Pod) link(address string) error {
	name := fmt.Sprintf("pod%d", links.Add(1))
	err := batch(nil,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", name, p.cmd.Process.Pid),
		fmt.Sprintf("link set %s up", name),
		fmt.Sprintf("route add %s/32 dev %s", address, name),
	)
	if err != nil {
		return err
	}
	return batch(append([]string{"nsenter"}, p.enter()...),
		"link set lo up",
		"link set eth0 up",
		fmt.Sprintf("addr add %s/32 dev eth0", address),
		fmt.Sprintf("route add %s/32 dev eth0 scope link", Address),
		fmt.Sprintf("route add default via %s", Address),
	)
}
