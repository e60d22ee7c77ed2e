package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// Build returns the path of the control plane's program, made from the module in dir. It is built once for each
// version of the module and of Go, and kept in the user's cache folder.
func Build(dir string) (string, error) {
	key, err := key(dir, "go.mod", "go.sum", "main.go")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	kept := filepath.Join(cache, "kubenames", "e2e", key)
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(kept, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	program := filepath.Join(kept, "controlplane")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := Compile(dir, program+".new", "."); err != nil {
		return "", err
	}
	return program, os.Rename(program+".new", program)
}

// Program names a CoreDNS in the environment, to be taken in the place of this repository's.
const Program = "KUBENAMES_COREDNS"

// CoreDNS returns the path of the CoreDNS to run, which is built into dir if the environment names none.
func CoreDNS(dir string) (string, error) {
	if server := os.Getenv(Program); server != "" {
		return server, nil
	}
	server := filepath.Join(dir, "coredns")
	return server, Compile("../..", server, "./cmd/coredns")
}

// Compile builds the main package pkg of the module in dir into file, with the flags of the Makefile, so that what both
// need is compiled once.
func Compile(dir, file, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s", pkg, dir, err, out)
	}
	return nil
}

// key names what the files and this version of Go make.
func key(dir string, files ...string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOARCH)
	for _, name := range files {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, file)
		file.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// lock waits for other builds of the same thing to end.
func lock(name string) (unlock func(), err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}
