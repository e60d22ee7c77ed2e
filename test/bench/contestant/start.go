package contestant

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/miekg/dns"
)

// Setting is what all contestants of a comparison have in common. Immutable.
type Setting struct {
	Program string // the coredns of this module
	Dir     string // for files
	Core    int    // that they run on
	Source  string // the line of the Corefile that says where the API server is
	Pods    string // the mode of pods
	Zones   []File // for Knot DNS
	Fine    bool   // profiles of objects are fine, which takes time
	Beside  bool   // CoreDNS has another block at its port, for OtherName
}

// File is a zone's file.
type File struct{ Origin, Path string }

// patience is how long a server may take until it serves.
const patience = 10 * time.Minute

// Start returns once the server answers.
func (p Plan) Start(s Setting) (*Contestant, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.Dir, "contestant-")
	if err != nil {
		return nil, err
	}
	c := &Contestant{Plan: p, Port: port, dir: dir}
	var cmd *exec.Cmd
	if p.Plugin == "" {
		cmd, err = knotd(dir, port, s.Zones)
	} else {
		cmd, err = coredns(p, s, dir, port)
	}
	if err == nil {
		err = c.run(cmd, s.Core)
	}
	if err == nil {
		err = c.await()
	}
	if err != nil {
		c.Stop()
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return c, nil
}

func coredns(p Plan, s Setting, dir string, port int) (*exec.Cmd, error) {
	file := filepath.Join(dir, "Corefile")
	if err := os.WriteFile(file, []byte(p.corefile(s, port)), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(s.Program, "-conf", file)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=100", GaugeVariable+"="+filepath.Join(dir, "gauge"))
	if s.Fine {
		cmd.Env = append(cmd.Env, "GODEBUG=memprofilerate=4096")
	}
	return cmd, nil
}

// await asks until there is an answer.
func (c *Contestant) await() error {
	m := new(dns.Msg).SetQuestion(Zone, dns.TypeSOA)
	client := dns.Client{Timeout: time.Second}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case <-c.done:
			return fmt.Errorf("ended: %s", c.said())
		default:
		}
		if r, _, err := client.Exchange(m, c.Address()); err == nil && r.Rcode == dns.RcodeSuccess {
			return nil
		}
	}
	return fmt.Errorf("does not answer: %s", c.said())
}
