package kubenames

import (
	"bytes"
	"errors"
	"fmt"
	golog "log"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"

	// What stories put around kubenames.
	_ "github.com/coredns/coredns/plugin/autopath"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/bufsize"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/chaos"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/header"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/k8s_external"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/metadata"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/minimal"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/root"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/coredns/coredns/plugin/transfer"
	_ "github.com/coredns/coredns/plugin/tsig"
)

func init() {
	caddy.Quiet, dnsserver.Quiet = true, true
	cluster.Hold = time.Second // a slow machine still asks in time
	if !slices.Contains(dnsserver.Directives, name) {
		at := slices.Index(dnsserver.Directives, "kubernetes")
		dnsserver.Directives = slices.Insert(dnsserver.Directives, at, "linger", name)
	}
}

// patience is how long a test waits for what must come true: a machine may have other things to do for seconds.
const patience = 20 * time.Second

// server is a whole CoreDNS in this process.
type server struct {
	instance *caddy.Instance
	udp, tcp string
	handlers []*Kubenames
}

// starting is held while a server starts, whose port is for all that start.
var starting sync.Mutex

// newPort makes the next server listen on a port that is free, of those that Linux gives to nobody who does not ask for
// them. One that the kernel chooses need not be free: servers that share their ports, as CoreDNS does, it may give the
// port of another one (SO_REUSEPORT).
func newPort() error {
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(20000))
		u, err := net.ListenPacket("udp", ":"+port)
		if err != nil {
			continue
		}
		t, err := net.Listen("tcp", ":"+port)
		u.Close()
		if err == nil {
			dnsserver.Port = port
			return t.Close()
		}
	}
	return errors.New("no free port")
}

func startServer(corefile string) (*server, error) {
	starting.Lock()
	defer starting.Unlock()
	if err := newPort(); err != nil {
		return nil, err
	}
	before := instances.now()
	instance, err := caddy.Start(input(corefile))
	if err != nil {
		return nil, err
	}
	s := &server{}
	s.take(instance, before)
	return s, nil
}

// take makes the instance the one that the server is; it started after the handlers.
func (s *server) take(instance *caddy.Instance, before []*Kubenames) {
	s.instance = instance
	first := instance.Servers()[0]
	s.udp, s.tcp = first.LocalAddr().String(), first.Addr().String()
	s.handlers = slices.DeleteFunc(instances.now(), func(k *Kubenames) bool { return slices.Contains(before, k) })
}

func (s *server) reload(corefile string) error {
	starting.Lock()
	defer starting.Unlock()
	if trouble := eventually(begins); trouble != "" {
		return errors.New(trouble)
	}
	if err := newPort(); err != nil {
		return err
	}
	before := instances.now()
	instance, err := s.instance.Restart(input(corefile))
	if err != nil {
		return err
	}
	s.take(instance, before)
	return nil
}

func input(corefile string) caddy.Input {
	return caddy.CaddyfileInput{Filepath: "Corefile", Contents: []byte(corefile), ServerTypeName: "dns"}
}

// tell tells each watch of the server of the changes, once.
func (s *server) tell(changes ...cluster.Change) {
	told := map[*watch]bool{}
	for _, k := range s.handlers {
		if w := k.seat.watch; !told[w] {
			told[w] = true
			w.keeper.Apply(changes...)
		}
	}
}

func (s *server) stop() error {
	if trouble := eventually(begins); trouble != "" {
		return errors.New(trouble)
	}
	for _, err := range s.instance.ShutdownCallbacks() {
		return err
	}
	return s.instance.Stop()
}

// exchange sends a packet and returns what is answered.
func (s *server) exchange(q question) (*dns.Msg, error) {
	network, addr := "udp", s.udp
	if q.tcp {
		network, addr = "tcp", s.tcp
	}
	c, err := net.DialTimeout(network, addr, patience)
	if err != nil {
		return nil, err
	}
	conn := &dns.Conn{Conn: c, UDPSize: dns.MaxMsgSize}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(q.packet); err != nil {
		return nil, err
	}
	packet, err := conn.ReadMsgHeader(nil)
	if err != nil {
		return nil, err
	}
	if len(packet) > q.budget {
		return nil, fmt.Errorf("answer of %d bytes, want at most %d", len(packet), q.budget)
	}
	m := new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		return nil, err
	}
	return m, sameQuestion(q.packet, packet)
}

// sameQuestion checks what every answer repeats of its question, letter by letter.
func sameQuestion(asked, answered []byte) error {
	n := 12
	for asked[n] != 0 {
		n += 1 + int(asked[n])
	}
	n += 5
	switch {
	case len(answered) < n || !bytes.Equal(asked[12:n], answered[12:n]):
		return fmt.Errorf("answer's question is not the one that was asked")
	case !bytes.Equal(asked[:2], answered[:2]):
		return fmt.Errorf("answer's id is not the question's")
	case answered[2]&0x80 == 0:
		return fmt.Errorf("answer is a question")
	}
	return nil
}

// logged is what the server has logged. Any goroutine may use it.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// captureLog takes the log until the test is over.
func captureLog(t *testing.T) *logged {
	l := &logged{}
	old := golog.Writer()
	golog.SetOutput(l)
	t.Cleanup(func() { golog.SetOutput(old) })
	return l
}

// Write implements io.Writer.
func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is all of it.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// eventually waits until the condition says nothing any more, and returns what it says in the end.
func eventually(condition func() string) string {
	deadline := time.Now().Add(patience)
	for {
		trouble := condition()
		if trouble == "" || time.Now().After(deadline) {
			return trouble
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// stacks is the stacks of the goroutines that are such, "" if there are none.
func stacks(such func(stack string) bool) string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	var some []string
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		if such(stack) {
			some = append(some, stack)
		}
	}
	return strings.Join(some, "\n\n")
}

// leftBehind is those that a stopped server has left behind.
func leftBehind() string {
	return stacks(func(stack string) bool {
		return strings.Contains(stack, "kubenames/plugin/") || strings.Contains(stack, "fsnotify")
	})
}

// begins is those of servers that are about to serve. CoreDNS does not stop such a server, which serves for ever then.
func begins() string {
	return stacks(func(stack string) bool {
		return strings.Contains(stack, "created by github.com/coredns/caddy.startServers.func1") &&
			!strings.Contains(stack, "github.com/miekg/dns.(*Server).serve")
	})
}
