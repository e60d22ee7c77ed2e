package server

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
)

// ported is the Corefile with a free port in the place of port 0. The kernel is not asked to choose: those that share
// their ports, as CoreDNS does (SO_REUSEPORT), it may give the port of another one; and what is free among those that it
// gives to clients need not stay so until the server starts.
func ported(corefile string) (string, error) {
	for range 100 {
		port := strconv.Itoa(firstPort + rand.IntN(ports))
		u, err := net.ListenPacket("udp", ":"+port)
		if err != nil {
			continue
		}
		t, err := net.Listen("tcp", ":"+port)
		u.Close()
		if err == nil {
			t.Close()
			return strings.ReplaceAll(corefile, ":0 {", ":"+port+" {"), nil
		}
	}
	return "", errors.New("no free port")
}

// Ports that Linux gives to nobody who does not ask for them.
const firstPort, ports = 10000, 20000
