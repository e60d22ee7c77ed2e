package contestant

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
)

// Ports of servers are below those that the kernel gives to clients, so that no client takes one between our look and
// the server's start.
const (
	firstPort = 12_000
	ports     = 16_000
)

// lastPort counts on, so that contestants that start at the same time do not get the same one.
var lastPort atomic.Int64

func init() { lastPort.Store(rand.Int64N(ports)) }

// FreePort is a port that is free on the loopback address, over UDP and TCP.
func FreePort() (int, error) {
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+lastPort.Add(1)%ports)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		u, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		u.Close()
		return l.Addr().(*net.TCPAddr).Port, nil
	}
	return 0, fmt.Errorf("no free port from %d on", firstPort)
}
