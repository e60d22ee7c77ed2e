// Package build makes what users of kubenames get, as they get it, and tries
// it: CoreDNS built from its own source with one line more, the container
// image, and the manifests as kustomize renders them.
//
// It is a module of its own, because a CoreDNS is linked here: `make e2e` runs
// it, `make test` does not.
package build

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A name of the example cluster and its address: whoever answers this serves.
const (
	exampleName    = "backend-service.default.svc.cluster.local."
	exampleAddress = "10.96.12.34"
)

// checkout returns the root of the repository.
func checkout(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a command in dir and returns what it printed on its standard output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	t.Logf("%s %s", name, strings.Join(args, " "))
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

// start starts a server that ends with the test, which shows its output if it
// fails.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	text, ok := cmd.Stdout.(*output)
	if !ok {
		text = new(output)
		cmd.Stdout, cmd.Stderr = text, text
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the server printed:\n%s", text)
		}
	})
}

// eventually calls try until it returns nil, or fails the test after half a
// minute with the last error.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after 30s: %v", err)
		}
	}
}

// corefile writes a Corefile that serves the manifests in examples on address,
// and metrics on another, both host:port, and returns its path.
func corefile(t *testing.T, dir, address, metrics, examples string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(".:%s {\n bind %s\n errors\n prometheus %s\n kubenames cluster.local in-addr.arpa ip6.arpa {\n  manifests %s\n  express\n }\n}\n", port, host, metrics, examples)
	file := filepath.Join(dir, "Corefile")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// ask returns an error unless the server at address, which is host:port,
// answers the example name over UDP and over TCP.
func ask(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	for _, transport := range []string{"+notcp", "+tcp"} {
		out, err := exec.Command("dig", "@"+host, "-p", port, "+short", "+time=1", "+tries=1", "+nocookie", transport, exampleName).CombinedOutput()
		if err != nil {
			return fmt.Errorf("dig %s %s: %w: %s", transport, exampleName, err, out)
		}
		if got := strings.TrimSpace(string(out)); got != exampleAddress {
			return fmt.Errorf("dig %s %s printed %q, want %s", transport, exampleName, got, exampleAddress)
		}
	}
	return nil
}

// freeAddress returns an address on loopback where UDP and TCP are free, of those
// that Linux gives to nobody who does not ask for them.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000))
		tcp, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		udp, err := net.ListenPacket("udp", address)
		tcp.Close()
		if err == nil {
			udp.Close()
			return address
		}
	}
	t.Fatal("no port is free for both UDP and TCP")
	return ""
}
