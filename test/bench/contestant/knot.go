package contestant

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// KnotVersion is the version of Knot DNS on this machine; "" if it is not there.
func KnotVersion() string {
	path, err := knotPath()
	if err != nil {
		return ""
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// knotPath also looks where Debian puts it and users have no path to.
func knotPath() (string, error) {
	if path, err := exec.LookPath("knotd"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/knotd")
}

// knotd is Knot DNS with one worker of each sort, as CoreDNS has one core.
func knotd(dir string, port int, zones []File) (*exec.Cmd, error) {
	path, err := knotPath()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "server:\n    listen: 127.0.0.1@%d\n    rundir: %s\n", port, dir)
	fmt.Fprintf(&b, "    udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1\n")
	fmt.Fprintf(&b, "log:\n  - target: stderr\n    any: warning\n")
	fmt.Fprintf(&b, "database:\n    storage: %s\n", dir)
	fmt.Fprintf(&b, "zone:\n")
	for _, z := range zones {
		fmt.Fprintf(&b, "  - domain: %s\n    file: %s\n    zonefile-sync: -1\n    journal-content: none\n", z.Origin, z.Path)
	}
	file := filepath.Join(dir, "knot.conf")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		return nil, err
	}
	return exec.Command(path, "-c", file), nil
}
