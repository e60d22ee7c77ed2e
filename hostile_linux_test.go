package kubenames

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestHostilePackets sends all that is wrong to whole servers, one with a lane and one without, over UDP and TCP. What has to
// be answered is, with the rcode that it has to have, by both with the same; what is an answer itself is not; and afterwards
// both still serve.
func TestHostilePackets(t *testing.T) {
	folder := t.TempDir()
	text := "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.1}\n"
	if err := os.WriteFile(filepath.Join(folder, "web.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	corefile := fmt.Sprintf(". {\n  kubenames cluster.local in-addr.arpa {\n    manifests %s\n  }\n}\n", folder)
	var servers [2]*server
	for i, text := range []string{corefile, withLane(corefile)} {
		s, err := startServer(text)
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		servers[i] = s
	}
	for network, exchange := range map[string]func(*testing.T, *server, packet) int{"udp": overUDP, "tcp": overTCP} {
		all := hostilePackets()
		if network == "tcp" {
			all = append(all, hostileStreams()...)
		}
		for i, p := range all {
			if len(p.data) >= 2 {
				binary.BigEndian.PutUint16(p.data, uint16(i))
			}
			got, lane := exchange(t, servers[0], p), exchange(t, servers[1], p)
			switch {
			case p.due() && p.rcode >= 0 && got != p.rcode:
				t.Errorf("%s: %s: got %s, want %s", network, p.what, dns.RcodeToString[got], dns.RcodeToString[p.rcode])
			case got != lane:
				t.Errorf("%s: %s: got %s, and with a lane %s", network, p.what, dns.RcodeToString[got], dns.RcodeToString[lane])
			}
		}
	}
	for _, s := range servers {
		for _, exchange := range []func(*testing.T, *server, packet) int{overUDP, overTCP} {
			if got := exchange(t, s, packet{data: plain()}); got != dns.RcodeSuccess {
				t.Errorf("in the end: got %s", dns.RcodeToString[got])
			}
		}
	}
}

// sure is a question that is always answered, behind one that may not be.
func sure(id uint16) []byte {
	data := plain()
	binary.BigEndian.PutUint16(data, id)
	return data
}

// overUDP is the rcode of the answer.
func overUDP(t *testing.T, s *server, p packet) int {
	t.Helper()
	return exchangeOn(t, "udp", s.udp, p)
}

// overTCP is the rcode of the answer.
func overTCP(t *testing.T, s *server, p packet) int {
	t.Helper()
	return exchangeOn(t, "tcp", s.tcp, p)
}

// exchangeOn sends the packet, and, if no answer is due, a question behind it, before whose answer there must be none.
func exchangeOn(t *testing.T, network, addr string, p packet) int {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	conn := &dns.Conn{Conn: c, UDPSize: dns.MaxMsgSize}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(p.data); err != nil {
		t.Fatalf("%s: %v", p.what, err)
	}
	const after = 0xfffe
	if !p.due() {
		if _, err := conn.Write(sure(after)); err != nil {
			t.Fatalf("%s: the question behind it: %v", p.what, err)
		}
	}
	data, err := conn.ReadMsgHeader(nil)
	if err != nil {
		t.Errorf("%s: no answer: %v", p.what, err)
		return silence
	}
	m := new(dns.Msg)
	if err := m.Unpack(data); err != nil || !m.Response {
		t.Errorf("%s: answer %x: %v", p.what, data, err)
	}
	switch {
	case !p.due() && m.Id == after:
		return silence
	case !p.due() || m.Id != binary.BigEndian.Uint16(p.data):
		t.Errorf("%s: answered by %v", p.what, m)
	}
	return m.Rcode
}
