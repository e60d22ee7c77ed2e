package report

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Machine is where a report was made.
type Machine struct {
	Processor string
	Cores     int
	Kernel    string
	Memory    string
}

func (m Machine) String() string {
	memory := m.Memory
	var kB float64
	if _, err := fmt.Sscanf(memory, "%f kB", &kB); err == nil {
		memory = fmt.Sprintf("%.1f GiB", kB/(1<<20))
	}
	return fmt.Sprintf("%d x %s, %s, Linux %s", m.Cores, m.Processor, memory, m.Kernel)
}

// ThisMachine is the one that runs this program.
func ThisMachine() Machine {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return Machine{
		Processor: value("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		Kernel: strings.TrimSpace(string(kernel)), Memory: value("/proc/meminfo", "MemTotal"),
	}
}

// value is the first value of a key in a file of lines KEY: VALUE.
func value(path, key string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// ThisCommit is the commit of the working directory, and whether something was changed since.
func ThisCommit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// ThisBuild is the versions of Go and of the libraries that take part.
func ThisBuild() map[string]string {
	versions := map[string]string{"go": runtime.Version()}
	list := []string{"list", "-m", "github.com/coredns/coredns", "github.com/miekg/dns", "k8s.io/client-go"}
	out, err := exec.Command("go", list...).Output()
	if err != nil {
		return versions
	}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			versions[path] = version
		}
	}
	return versions
}
