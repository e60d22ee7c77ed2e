package build

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestImage takes the image that `make image` saved apart and runs it as a node
// would: its files the only ones, its user, a network of its own. Needs root.
func TestImage(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("not root: chroot and a network namespace need it")
	}
	root := filepath.Join(t.TempDir(), "root")
	config := unpack(t, filepath.Join(checkout(t), "build/image.tar"), root)

	uid, gid := numericUser(t, config.User)
	if want := []string{"/coredns"}; !slices.Equal(config.Entrypoint, want) {
		t.Errorf("entrypoint = %q, want %q", config.Entrypoint, want)
	}
	if got, want := files(t, root), []string{"coredns", "etc/ssl/certs/ca-certificates.crt"}; !slices.Equal(got, want) {
		t.Errorf("files = %q, want %q and nothing else", got, want)
	}
	authorities, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(authorities) {
		t.Error("ca-certificates.crt holds no certificate")
	}

	// What a cluster would mount.
	if err := os.CopyFS(filepath.Join(root, "examples"), os.DirFS(filepath.Join(checkout(t), "examples"))); err != nil {
		t.Fatal(err)
	}
	corefile(t, root, "127.0.0.1:53", "127.0.0.1:9153", "/examples")
	freshNetwork(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	contained := func(binary string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, binary, "-conf", "/Corefile")
		cmd.Dir = "/"
		cmd.Env = []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Chroot:     root,
			Credential: &syscall.Credential{Uid: uid, Gid: gid},
		}
		return cmd
	}

	// A copy loses the file's capability. If it could bind port 53 all the same,
	// the rest would prove nothing.
	run(t, root, "cp", "coredns", "plain")
	if out, err := contained("/plain").CombinedOutput(); err == nil || !strings.Contains(string(out), "bind: permission denied") {
		t.Fatalf("without the capability: %v, %s, want permission denied", err, out)
	}

	server := contained(config.Entrypoint[0])
	start(t, server)
	eventually(t, func() error { return ask("127.0.0.1:53") })
	const bindService = "0000000000000400" // 1 << CAP_NET_BIND_SERVICE
	if got := status(t, server.Process.Pid, "CapEff"); got != bindService {
		t.Errorf("effective capabilities = %s, want %s", got, bindService)
	}

	// The express lane needs no more.
	metrics := func() string { return run(t, ".", "curl", "-s", "http://127.0.0.1:9153/metrics") }
	before := questions([]byte(metrics()), "127.0.0.1:53")
	if err := ask("127.0.0.1:53"); err != nil {
		t.Fatal(err)
	}
	if after := questions([]byte(metrics()), "127.0.0.1:53"); after != before+1 {
		t.Errorf("the express lane has answered %d questions, want %d", after, before+1)
	}
	if !strings.Contains(metrics(), `coredns_kubenames_express_steered{server="dns://127.0.0.1:53"} 1`) {
		t.Error("the kernel does not steer")
	}
}

// imageConfig is what of an image's configuration says how it runs.
type imageConfig struct {
	User       string
	Entrypoint []string
}

// unpack writes the files of a saved image, capabilities and all, below root.
func unpack(t *testing.T, archive, root string) imageConfig {
	t.Helper()
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no %s: run make image", archive)
	}
	saved := t.TempDir()
	run(t, saved, "tar", "-xf", archive)

	var manifest []struct {
		Config string
		Layers []string
	}
	readJSON(t, filepath.Join(saved, "manifest.json"), &manifest)
	if len(manifest) != 1 {
		t.Fatalf("%s holds %d images, want 1", archive, len(manifest))
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, layer := range manifest[0].Layers {
		run(t, saved, "tar", "--xattrs", "--xattrs-include=security.*", "-xpf", layer, "-C", root)
	}
	var image struct{ Config imageConfig }
	readJSON(t, filepath.Join(saved, manifest[0].Config), &image)
	return image.Config
}

// numericUser returns the uid and gid of an image's USER, which have to be
// numbers other than 0: a kubelet asked for runAsNonRoot knows no names.
func numericUser(t *testing.T, user string) (uid, gid uint32) {
	t.Helper()
	first, second, _ := strings.Cut(user, ":")
	u, err := strconv.ParseUint(first, 10, 32)
	g, err2 := strconv.ParseUint(second, 10, 32)
	if err != nil || err2 != nil || u == 0 || g == 0 {
		t.Fatalf("user = %q, want UID:GID in numbers, neither of them 0", user)
	}
	return uint32(u), uint32(g)
}

// files returns the paths of all regular files below root, sorted.
func files(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// freshNetwork moves the test, and what it starts from here on, into a network
// of its own with nothing but loopback. The thread is never unlocked, so it
// dies with the test and the rest of the process never sees that network.
func freshNetwork(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Fatalf("unshare the network: %v", err)
	}
	run(t, ".", "ip", "link", "set", "lo", "up")
}

// status returns a field of a process's /proc/PID/status.
func status(t *testing.T, pid int, field string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); name == field {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("process %d has no %s", pid, field)
	return ""
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
