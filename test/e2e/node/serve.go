package node

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// pod marks the environment of a program that is a pod; its value is the Spec.
const pod = "E2E_POD"

// IsPod tells whether this program was started to be a pod; then its whole work is Serve.
func IsPod() bool { return os.Getenv(pod) != "" }

// Serve is a pod's life: it listens on its ports until its standard input ends.
func Serve() error {
	var spec Spec
	if err := json.Unmarshal([]byte(os.Getenv(pod)), &spec); err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return fmt.Errorf("pod %s: never linked: %w", spec.Name, err)
	}
	if err := syscall.Sethostname([]byte(spec.Hostname)); err != nil {
		return fmt.Errorf("pod %s: hostname: %w", spec.Name, err)
	}
	if err := resolvconf(spec.Resolv); err != nil {
		return fmt.Errorf("pod %s: resolv.conf: %w", spec.Name, err)
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, spec.Name) })
	for _, port := range spec.Ports {
		listener, err := net.Listen("tcp", net.JoinHostPort(spec.Address, strconv.Itoa(port)))
		if err != nil {
			return fmt.Errorf("pod %s: %w", spec.Name, err)
		}
		go http.Serve(listener, hello)
	}
	fmt.Println("listening")
	_, err := io.Copy(io.Discard, in)
	return err
}

// resolvconf puts text in place of /etc/resolv.conf, for this pod's mounts alone.
func resolvconf(text string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	file, err := os.CreateTemp("", "resolv.conf")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if _, err := file.WriteString(text); err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil {
		return err
	}
	return syscall.Mount(file.Name(), target, "", syscall.MS_BIND, "")
}
