package build

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestImage takes the image that `make image` saved apart and runs it as a node
// would: its files the only ones, its user, a root that is read-only, no new privileges, a network of its own. Needs root.
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

	// What a cluster would mount, and the folders that it would mount it on.
	if err := os.CopyFS(filepath.Join(root, "examples"), os.DirFS(filepath.Join(checkout(t), "examples"))); err != nil {
		t.Fatal(err)
	}
	freshNetwork(t)
	volume := filepath.Join(t.TempDir(), "volume")
	run(t, root, "mkdir", "-m", "0777", "proc", "var", "var/lib", "var/lib/kubenames", volume) // an emptyDir is everybody's
	appendTo(t, corefile(t, root, "127.0.0.1:53", "127.0.0.1:9153", "/examples"), fmt.Sprintf(
		"saved.test:1053 {\n bind 127.0.0.1\n kubenames {\n  endpoint %s\n  snapshot /var/lib/kubenames/cluster\n }\n}\n", emptyCluster(t)))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	as := func(bounding, has uint64, binary string) *exec.Cmd {
		return container{
			Root: root, Writable: volume, At: "/var/lib/kubenames", UID: uid, GID: gid, Bounding: bounding, Has: has,
			Words: []string{binary, "-conf", "/Corefile"},
		}.command(ctx, t)
	}
	refused := func(what, want string, cmd *exec.Cmd) {
		t.Helper()
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Fatalf("%s: %v, %s, want %s", what, err, out, want)
		}
	}

	// A copy loses the file's capability. If it could bind port 53 all the same,
	// the rest would prove nothing.
	run(t, root, "cp", "coredns", "plain")
	refused("without the file's capability", "bind: permission denied", as(bindService, bindService, "/plain"))
	refused("without one to begin with", "bind: permission denied", as(bindService, 0, "/coredns"))
	refused("where none is allowed", "operation not permitted", as(0, 0, "/coredns"))

	// As containerd runs it, which has the capability that the pod adds.
	server := as(bindService, bindService, config.Entrypoint[0])
	start(t, server)
	eventually(t, func() error { return ask("127.0.0.1:53") })
	for field, want := range map[string]string{
		"CapBnd": bindOnly, "CapEff": bindOnly, "CapPrm": bindOnly, "CapInh": none, "CapAmb": none, "NoNewPrivs": "1",
		"Uid": strings.Join(slices.Repeat([]string{fmt.Sprint(uid)}, 4), "\t"), "Gid": strings.Join(slices.Repeat([]string{fmt.Sprint(gid)}, 4), "\t"), "Groups": "",
	} {
		if got := status(t, server.Process.Pid, field); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	inside := fmt.Sprintf("/proc/%d/root", server.Process.Pid)
	if err := os.WriteFile(inside+"/file", nil, 0o600); !errors.Is(err, syscall.EROFS) {
		t.Errorf("write to the root: %v, want %v", err, syscall.EROFS)
	}
	eventually(t, func() error { _, err := os.Stat(inside + "/var/lib/kubenames/cluster"); return err })

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

	// Where ports are everybody's, as containerd 2 and Docker have it in a network of the pod's own, no capability has to be had.
	server.Process.Kill()
	server.Wait()
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	server = as(bindService, 0, config.Entrypoint[0])
	start(t, server)
	eventually(t, func() error { return ask("127.0.0.1:53") })
	if got := status(t, server.Process.Pid, "CapEff"); got != none {
		t.Errorf("effective capabilities = %s, want %s", got, none)
	}
	refused("where none is allowed, and none is needed", "operation not permitted", as(0, 0, "/coredns"))
}

// Capabilities, as a number and as /proc has them.
const (
	bindService = 1 << unix.CAP_NET_BIND_SERVICE
	bindOnly    = "0000000000000400"
	none        = "0000000000000000"
)

// emptyCluster is the address of an API server that has nothing, in the test's network.
func emptyCluster(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch q := r.URL.Query(); {
		case q.Has("sendInitialEvents"):
			w.WriteHeader(http.StatusUnprocessableEntity)
			io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Invalid","code":422}`)
		case q.Has("watch"):
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			group, kind := "v1", map[string]string{"services": "ServiceList", "namespaces": "NamespaceList"}[path.Base(r.URL.Path)]
			if kind == "" {
				group, kind = "discovery.k8s.io/v1", "EndpointSliceList"
			}
			fmt.Fprintf(w, `{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":"1"},"items":[]}`, kind, group)
		}
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// appendTo adds text to a file.
func appendTo(t *testing.T, file, text string) {
	t.Helper()
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(before, text...), 0o644); err != nil {
		t.Fatal(err)
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
