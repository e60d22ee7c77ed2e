package contestant

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Contestant is a server that runs. One goroutine uses it at a time.
type Contestant struct {
	Plan
	Port int
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// Address is where it answers.
func (c *Contestant) Address() string { return "127.0.0.1:" + strconv.Itoa(c.Port) }

// run starts the process on a core.
func (c *Contestant) run(cmd *exec.Cmd, core int) error {
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startOn(cmd, core); err != nil {
		return err
	}
	c.cmd, c.done = cmd, make(chan struct{})
	go func() {
		defer close(c.done)
		cmd.Wait()
	}()
	return nil
}

// startOn starts a command whose threads all stay on one core: they inherit it from the thread that forks.
func startOn(cmd *exec.Cmd, core int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	defer unix.SchedSetaffinity(0, &before)
	return cmd.Start()
}

// Pause halts the process, so that it takes nothing from the one that is measured.
func (c *Contestant) Pause() error { return c.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (c *Contestant) Resume() error { return c.cmd.Process.Signal(syscall.SIGCONT) }

// Stop ends it. There is nothing that it would have to tidy up.
func (c *Contestant) Stop() {
	if c.cmd != nil {
		c.cmd.Process.Kill()
		<-c.done
	}
	os.RemoveAll(c.dir)
}

// said is the end of its log.
func (c *Contestant) said() []byte {
	text, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return bytes.TrimSpace(text[max(0, len(text)-2000):])
}
