package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// container is a process as a node runs it: namespaces of its own for files and processes, a root that nothing can be written to, a user,
// no new privileges, and a set of capabilities. It is in the network of whoever starts it.
type container struct {
	Root     string // its files; the same file system must not be mounted nosuid
	Writable string // a folder of the node's, and where it is in the container
	At       string
	UID, GID uint32
	Bounding uint64 // the capabilities that any program in it can have
	Has      uint64 // those that the runtime has when it runs the program: containerd all that are bounding, Docker none
	Words    []string
}

// contained marks the environment of a program that is to become a container; its value is the container.
const contained = "BUILD_CONTAINER"

func TestMain(m *testing.M) {
	if text := os.Getenv(contained); text != "" {
		fmt.Fprintln(os.Stderr, "container:", become(text))
		os.Exit(125)
	}
	os.Exit(m.Run())
}

// command runs it.
func (c container) command(ctx context.Context, t *testing.T) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = []string{contained + "=" + string(text)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// become makes this process the container, in the order in which runc does it, and returns only if it cannot.
func become(text string) error {
	runtime.LockOSThread() // what follows is a thread's own
	var c container
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	for _, m := range []struct {
		what, from, to, kind string
		flags                uintptr
	}{
		{"the node's mounts", "", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"the root", c.Root, c.Root, "", unix.MS_BIND},
		{"the volume", c.Writable, filepath.Join(c.Root, c.At), "", unix.MS_BIND},
		{"proc", "proc", filepath.Join(c.Root, "proc"), "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"the root, read-only", "", c.Root, "", unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY},
	} {
		if err := unix.Mount(m.from, m.to, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.what, err)
		}
	}
	if err := unix.Chroot(c.Root); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	if err := c.confine(); err != nil {
		return err
	}
	return fmt.Errorf("run %s: %w", c.Words[0], unix.Exec(c.Words[0], c.Words, nil))
}

// confine takes from this thread what the container may not have.
func (c container) confine() error {
	for capability := uintptr(0); capability <= unix.CAP_LAST_CAP; capability++ {
		if c.Bounding&(1<<capability) != 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil && err != unix.EINVAL { // the kernel may know fewer
			return fmt.Errorf("bounding set: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return err
	}
	// Not those of package syscall: they change all threads, and this one runs the program.
	for _, call := range []struct{ number, a, b, c uintptr }{
		{unix.SYS_SETGROUPS, 0, 0, 0},
		{unix.SYS_SETRESGID, uintptr(c.GID), uintptr(c.GID), uintptr(c.GID)},
		{unix.SYS_SETRESUID, uintptr(c.UID), uintptr(c.UID), uintptr(c.UID)},
	} {
		if _, _, errno := unix.RawSyscall(call.number, call.a, call.b, call.c); errno != 0 {
			return fmt.Errorf("user: %w", errno)
		}
	}
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 0, 0, 0, 0); err != nil {
		return err
	}
	low, high := uint32(c.Has), uint32(c.Has>>32)
	sets := [2]unix.CapUserData{{Effective: low, Permitted: low}, {Effective: high, Permitted: high}}
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &sets[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
