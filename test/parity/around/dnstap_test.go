package around

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	dnstap "github.com/dnstap/golang-dnstap"
	"github.com/miekg/dns"
	"google.golang.org/protobuf/proto"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// TestDnstap has the same messages tapped.
func TestDnstap(t *testing.T) {
	lines := map[string][]string{}
	var taps []*tap
	for _, plugin := range []string{"kubernetes", "kubenames"} {
		taps = append(taps, newTap(t, filepath.Join(dir, plugin+".sock")))
	}
	p := start(t, `.:PORT {
    bind HOST
    dnstap unix://DIR/PLUGIN.sock full
    template IN A example.org {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
    }
}
`)
	for i, s := range []*server{p.theirs, p.ours} {
		n, err := s.askAll(askedBeyond)
		if err != nil {
			t.Fatal(err)
		}
		want := 2 * (n + 1) // questions and answers, those of the alias's target too
		for range want {
			line, err := taps[i].next()
			if err != nil {
				t.Fatalf("%s: after %d of %d messages: %v", s.plugin, len(lines[s.plugin]), want, err)
			}
			lines[s.plugin] = append(lines[s.plugin], line)
		}
	}
	same(t, lines["kubernetes"], lines["kubenames"],
		`CLIENT_QUERY .*;api\.shop`, `CLIENT_RESPONSE INET UDP NOERROR QUERY aa rd; .* answer api\.shop.* 10\.96\.0\.10`,
		`CLIENT_RESPONSE INET UDP NXDOMAIN QUERY aa rd; .* authority cluster\.local\.`, `CLIENT_RESPONSE INET TCP .* answer crowd.* SRV`)
}

// tap is the other end of dnstap: one connection.
type tap struct{ frames chan []byte }

// newTap listens until the test ends.
func newTap(t *testing.T, path string) *tap {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	tap := &tap{frames: make(chan []byte, 1000)}
	var running sync.WaitGroup
	running.Go(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		input, err := dnstap.NewFrameStreamInputTimeout(conn, true, patience)
		if err != nil {
			return
		}
		input.ReadInto(tap.frames)
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return tap
}

// next is the next message, in a line.
func (t *tap) next() (string, error) {
	select {
	case frame := <-t.frames:
		var d dnstap.Dnstap
		if err := proto.Unmarshal(frame, &d); err != nil {
			return "", err
		}
		m := d.GetMessage()
		packet := m.GetResponseMessage()
		if packet == nil {
			packet = m.GetQueryMessage()
		}
		var said dns.Msg
		if err := said.Unpack(packet); err != nil {
			return "", fmt.Errorf("%s: %w", m.GetType(), err)
		}
		return fmt.Sprintf("%s %s %s %s", m.GetType(), m.GetSocketFamily(), m.GetSocketProtocol(),
			strings.Join(dialog.Read(&said, 0).Lines(), "; ")), nil
	case <-time.After(patience):
		return "", fmt.Errorf("nothing came")
	}
}
