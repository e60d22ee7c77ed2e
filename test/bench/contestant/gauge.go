package contestant

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// GaugeVariable is the environment variable that tells the program where to tell of its memory.
const GaugeVariable = "BENCH_GAUGE"

// Gauge is the memory of a Go process, and its goroutines.
type Gauge struct {
	Heap        uint64 // bytes of objects that are there
	Allocated   uint64 // bytes since the start
	Allocations uint64 // objects since the start
	Goroutines  int    // that there are
}

// Heap is the memory after garbage collection. Only CoreDNS can tell.
func (c *Contestant) Heap() (Gauge, error) { return c.ask("/heap") }

// Now is the memory as it is.
func (c *Contestant) Now() (Gauge, error) { return c.ask("/now") }

// Objects is a profile of what is and was allocated.
func (c *Contestant) Objects() ([]byte, error) { return c.get("/objects") }

// Watch begins a profile of the CPU, which Watched ends.
func (c *Contestant) Watch() error {
	_, err := c.get("/watch")
	return err
}

// Watched is the profile of the CPU since Watch.
func (c *Contestant) Watched() ([]byte, error) { return c.get("/cpu") }

func (c *Contestant) ask(path string) (g Gauge, err error) {
	said, err := c.get(path)
	if err != nil {
		return g, err
	}
	return g, json.Unmarshal(said, &g)
}

func (c *Contestant) get(path string) ([]byte, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(c.dir, "gauge"))
		},
	}}
	r, err := client.Get("http://gauge" + path)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	said, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, r.Status, said)
	}
	return said, err
}

// CPU is the time that all threads of the process had a core, in user mode and in the kernel. It is what /proc/PID/stat
// tells, in nanoseconds and not in ticks (clock_getcpuclockid(3)).
func (c *Contestant) CPU() (time.Duration, error) {
	var t unix.Timespec
	const scheduled = 2
	if err := unix.ClockGettime(int32(^c.cmd.Process.Pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("CPU clock of %s: %w", c.Name, err)
	}
	return time.Duration(t.Nano()), nil
}

// Peak is the most memory that the process ever had resident, in bytes.
func (c *Contestant) Peak() (uint64, error) { return c.memory("VmHWM:") }

// Resident is the memory that the process has resident, in bytes.
func (c *Contestant) Resident() (uint64, error) { return c.memory("VmRSS:") }

// memory is a line of the process's status (proc_pid_status(5)).
func (c *Contestant) memory(line string) (uint64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), line); ok {
			var kB uint64
			_, err := fmt.Sscanf(rest, "%d kB", &kB)
			return kB << 10, err
		}
	}
	return 0, fmt.Errorf("%s: no %s", file.Name(), line)
}

// Quiet returns once the process does next to nothing: it has dealt with all that there was to do.
func (c *Contestant) Quiet() error {
	const calm, pause = time.Millisecond, 40 * time.Millisecond
	before, err := c.CPU()
	for deadline := time.Now().Add(patience); err == nil; {
		time.Sleep(pause)
		var now time.Duration
		if now, err = c.CPU(); err == nil && now-before < calm {
			return nil
		}
		before = now
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: does not come to rest", c.Name)
		}
	}
	return err
}
