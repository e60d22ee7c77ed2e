// Package subject is a CoreDNS that chaos happens to: a process with kubeadm's Corefile, in which the plugin is either
// kubenames or kubernetes.
package subject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// What the plugins are called.
const (
	Ours  = "kubenames"
	Other = "kubernetes"
)

// Subject is one server, whichever process it is at the moment. One goroutine may change it; any may ask it.
type Subject struct {
	Plugin  string
	Address string // where it serves DNS
	Options string // more lines for the plugin's block
	Blocks  string // more server blocks
	TTL     int    // of its answers

	program string
	dir     string
	account string // kubeconfig
	port    int

	mu      sync.Mutex
	process *process
	starts  int
	peak    int // KiB, of all processes so far
}

// process is one that has been started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// New returns a subject that is not started. It serves at port on loopback, and its other listeners are at the ports
// 10000, 20000 and 30000 above.
func New(plugin, program, dir, account string, port int) *Subject {
	return &Subject{Plugin: plugin, Address: fmt.Sprintf("127.0.0.1:%d", port), program: program, dir: dir, account: account, port: port, TTL: 30}
}

// Start runs it, and returns at once.
func (s *Subject) Start() error {
	if err := s.Configure(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts++
	log, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("nice", "-n", "-10", s.program, "-conf", s.file("corefile")) // as if it had a machine of its own
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.account)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", s.Plugin, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		cmd.Wait()
	}()
	s.process = p
	return nil
}

// Ready returns once the plugin says that it is, and the server answers: CoreDNS says so a moment before it has its sockets.
func (s *Subject) Ready(ctx context.Context) error {
	for {
		_, err := s.get(ctx, 20000, "/ready")
		if err == nil {
			err = s.answers()
		}
		if err == nil {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-s.now().done:
			return fmt.Errorf("%s: ended\n%s", s.Plugin, s.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s: not ready: %w\n%s", s.Plugin, err, s.tail())
		}
	}
}

// answers asks once.
func (s *Subject) answers() error {
	client := dns.Client{Timeout: 100 * time.Millisecond}
	_, _, err := client.Exchange(new(dns.Msg).SetQuestion("cluster.local.", dns.TypeSOA), s.Address)
	return err
}

// Kill ends it as the kernel would.
func (s *Subject) Kill() {
	s.Peak()
	p := s.now()
	if p == nil {
		return
	}
	p.cmd.Process.Kill()
	<-p.done
}

// Signal sends a signal.
func (s *Subject) Signal(signal syscall.Signal) error {
	s.Peak()
	return s.now().cmd.Process.Signal(signal)
}

// Ended is closed when the process has.
func (s *Subject) Ended() <-chan struct{} { return s.now().done }

// Stop asks it to end, and waits as long as a lame duck may take.
func (s *Subject) Stop() {
	if s.now() == nil {
		return
	}
	s.Signal(syscall.SIGTERM)
	select {
	case <-s.now().done:
	case <-time.After(10 * time.Second):
		s.Kill()
	}
}

// Log is the file with its words.
func (s *Subject) Log() string { return s.file("log") }

func (s *Subject) now() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

func (s *Subject) get(ctx context.Context, above int, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", s.port+above, path), nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return "", errors.New(response.Status + ": " + strings.TrimSpace(string(text)))
	}
	return string(text), nil
}

func (s *Subject) file(kind string) string { return filepath.Join(s.dir, s.Plugin+"."+kind) }

// tail is the last of what it said, but for what it says each time that somebody asks whether it is ready.
func (s *Subject) tail() string {
	text, _ := os.ReadFile(s.Log())
	lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(line string) bool {
		return strings.Contains(line, "Plugins not ready")
	})
	return strings.Join(lines[max(0, len(lines)-20):], "")
}
