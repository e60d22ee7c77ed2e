package around

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/coredns/caddy"
)

// pair is the same Corefile twice, once with each plugin. It belongs to one test.
type pair struct {
	*testing.T
	theirs, ours *server
}

// server is a CoreDNS that runs.
type server struct {
	plugin   string
	ports    [5]string // PORT to PORT4 of the Corefile
	instance *caddy.Instance
}

// start starts both with a Corefile, in which PLUGIN is the directive, LANE a line for an express lane of ours, API the cluster, DIR the folder of keys, HOST an
// address, and PORT and PORT1 to PORT4 free ports there. They end with the test.
func start(t *testing.T, corefile string) *pair {
	t.Helper()
	return startWith(t, corefile, cluster.URL(""))
}

// startWith is start with another cluster.
func startWith(t *testing.T, corefile, url string) *pair {
	t.Helper()
	p := &pair{T: t}
	for _, s := range []struct {
		plugin string
		server **server
	}{{"kubernetes", &p.theirs}, {"kubenames", &p.ours}} {
		started, err := startServer(s.plugin, corefile, url)
		if err != nil {
			t.Fatalf("%s: %v", s.plugin, err)
		}
		t.Cleanup(started.stop)
		*s.server = started
	}
	return p
}

// both calls f with each server. The test ends where it fails.
func (p *pair) both(f func(*server) error) {
	p.Helper()
	for _, s := range []*server{p.theirs, p.ours} {
		if err := f(s); err != nil {
			p.Fatalf("%s: %v", s.plugin, err)
		}
	}
}

func startServer(plugin, corefile, url string) (*server, error) {
	for try := 0; ; try++ {
		s := &server{plugin: plugin}
		err := s.choosePorts()
		if err == nil {
			s.instance, err = caddy.Start(s.input(corefile, url))
		}
		if err == nil {
			return s, nil
		}
		if try == 9 || !errors.Is(err, syscall.EADDRINUSE) && !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

// input is the Corefile for this server.
func (s *server) input(corefile, url string) caddy.Input {
	text := strings.NewReplacer(
		"LANE\n", map[string]string{"kubenames": "express 2\n"}[s.plugin], "PLUGIN", s.plugin, "API", url, "DIR", dir, "HOST", host,
		"PORT1", s.ports[1], "PORT2", s.ports[2], "PORT3", s.ports[3], "PORT4", s.ports[4], "PORT", s.ports[0],
	).Replace(corefile)
	return caddy.CaddyfileInput{Filepath: "Corefile", Contents: []byte(text), ServerTypeName: "dns"}
}

// choosePorts finds ports that are free on the host, for UDP and TCP.
func (s *server) choosePorts() error {
	for i := range s.ports {
		tcp, err := net.Listen("tcp", host+":0")
		if err != nil {
			return err
		}
		defer tcp.Close()
		_, s.ports[i], _ = net.SplitHostPort(tcp.Addr().String())
		udp, err := net.ListenPacket("udp", host+":"+s.ports[i])
		if err != nil {
			return fmt.Errorf("port %s: %w", s.ports[i], err)
		}
		defer udp.Close()
	}
	return nil
}

func (s *server) stop() {
	s.instance.ShutdownCallbacks()
	s.instance.Stop()
}
