package trial

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kubenames/kubenames/test/bench/contestant"
)

// replica is a CoreDNS with everything that there is to be seen of it. One goroutine uses it at a time.
type replica struct {
	name, dir    string
	dns, metrics string // addresses
	cmd          *exec.Cmd
	ended        chan struct{} // closed when the process has
}

const corefile = `.:PORT {
    bind 127.0.0.1
    errors
    kubenames cluster.local in-addr.arpa {
        endpoint API
        pods insecure
        fallthrough in-addr.arpa
        startup_timeout 0s
        audit AUDIT
        snapshot DIR/snapshot/cluster
        express 1
    }
    prometheus METRICS
    forward . UPSTREAM {
        max_concurrent 1000
    }
    reload
}
`

// newReplica is one that is not started.
func newReplica(name, dir, api, upstream string, audit time.Duration) (*replica, error) {
	r := &replica{name: name, dir: filepath.Join(dir, name)}
	if err := os.MkdirAll(r.snapshots(), 0o700); err != nil {
		return nil, err
	}
	port, err := contestant.FreePort()
	if err != nil {
		return nil, err
	}
	beside, err := contestant.FreePort()
	if err != nil {
		return nil, err
	}
	r.dns, r.metrics = fmt.Sprint("127.0.0.1:", port), fmt.Sprint("127.0.0.1:", beside)
	text := strings.NewReplacer(
		"PORT", strconv.Itoa(port), "API", api, "AUDIT", audit.String(), "DIR", r.dir, "METRICS", r.metrics, "UPSTREAM", upstream,
	).Replace(corefile)
	return r, os.WriteFile(filepath.Join(r.dir, "corefile"), []byte(text), 0o600)
}

// snapshots is the folder of its snapshot.
func (r *replica) snapshots() string { return filepath.Join(r.dir, "snapshot") }

// start returns once there is a process.
func (r *replica) start(program string) error {
	log, err := os.OpenFile(filepath.Join(r.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	r.cmd, r.ended = exec.Command(program, "-conf", filepath.Join(r.dir, "corefile")), make(chan struct{})
	r.cmd.Env = append(os.Environ(), "GOMEMLIMIT=170MiB")
	r.cmd.Stdout, r.cmd.Stderr = log, log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		cmd.Wait()
	}(r.cmd, r.ended)
	return nil
}

// stop lets it end, and save its snapshot.
func (r *replica) stop() {
	if r.cmd == nil || r.cmd.Process == nil {
		return
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.ended:
	case <-time.After(10 * time.Second):
		r.cmd.Process.Kill()
		<-r.ended
	}
}

// said is its log.
func (r *replica) said() string {
	text, _ := os.ReadFile(filepath.Join(r.dir, "log"))
	return r.name + ":\n" + string(text)
}
