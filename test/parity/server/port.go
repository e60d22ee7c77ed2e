package server

import (
	"errors"
	"net"
	"strings"
)

// ported is the Corefile with a free port in the place of port 0. The kernel is not asked to choose when the server
// starts: those that share their ports, as CoreDNS does (SO_REUSEPORT), it may give the port of another one.
func ported(corefile string) (string, error) {
	for range 100 {
		u, err := net.ListenPacket("udp", ":0")
		if err != nil {
			return "", err
		}
		_, port, _ := net.SplitHostPort(u.LocalAddr().String())
		t, err := net.Listen("tcp", ":"+port)
		u.Close()
		if err == nil {
			t.Close()
			return strings.ReplaceAll(corefile, ":0 {", ":"+port+" {"), nil
		}
	}
	return "", errors.New("no free port")
}
