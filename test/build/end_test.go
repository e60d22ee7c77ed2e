package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestEnd ends a server under load by SIGTERM: clients that ask on until there is no socket any more, and such that stop when the lame
// duck begins, get an answer to all that they have asked.
func TestEnd(t *testing.T) {
	binary := built(t)
	_, port, _ := strings.Cut(freeAddress(t), ":")
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		address := host + ":" + port
		text := fmt.Sprintf(".:%s {\nbind %s\nhealth 127.0.0.1:0 {\nlameduck 1s\n}\nkubenames cluster.local {\nmanifests %s\nexpress 2\n}\nwhoami\n}\n",
			port, strings.Trim(host, "[]"), filepath.Join(checkout(t), "examples"))
		file := filepath.Join(t.TempDir(), "Corefile")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			server := exec.Command(binary, "-conf", file)
			printed := new(output)
			server.Stdout, server.Stderr = printed, printed
			start(t, server)
			eventually(t, func() error {
				if !strings.Contains(printed.String(), "express lane for") {
					return errors.New("no lane")
				}
				return nil
			})
			endUnderLoad(t, server, address)
		}
	}
}

func endUnderLoad(t *testing.T, server *exec.Cmd, address string) {
	t.Helper()
	var answered, lost atomic.Int64
	var running sync.WaitGroup
	duck := make(chan struct{})
	for client := range 8 {
		running.Go(func() {
			m := new(dns.Msg).SetQuestion([]string{exampleName, "www.example.org."}[client%2], dns.TypeA)
			for {
				select {
				case <-duck:
					if client < 4 {
						return
					}
				default:
				}
				_, _, err := (&dns.Client{Timeout: 20 * time.Second}).Exchange(m, address)
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil {
					lost.Add(1)
					return
				}
				answered.Add(1)
			}
		})
	}
	eventually(t, func() error {
		if n := answered.Load(); n < 1000 {
			return fmt.Errorf("%d questions are answered", n)
		}
		return nil
	})
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	close(duck)
	before := answered.Load()
	running.Wait()
	if n := lost.Load(); n > 0 {
		t.Errorf("%s: %d questions of %d were lost", address, n, answered.Load())
	}
	if answered.Load() == before {
		t.Error("no client has asked in the lame duck's time")
	}
	if err := server.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
