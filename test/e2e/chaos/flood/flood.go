// Package flood is clients that mean no good, or know no better. It runs as a program of its own, so that it can be given
// less of the processor than those whose answers are measured.
package flood

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Kinds are what it can be: clients of each kind, and how many at once.
var Kinds = map[string]struct {
	clients int
	be      func(ctx context.Context, address string) error
}{
	"random":    {8, random},
	"large":     {8, large},
	"slow":      {300, slow},
	"malformed": {8, malformed},
}

// window is how many questions of one client wait for an answer.
const window = 16

// Command runs this program again, as a flood; the kernel gives it what others leave.
func Command(ctx context.Context, kind, address string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nice", "-n", "10", "/proc/self/exe")
	cmd.Env = append(os.Environ(), inside+"="+kind, to+"="+address)
	cmd.Stderr = os.Stderr
	return cmd
}

// What tells the program that it is a flood, of which kind, and to whom.
const (
	inside = "CHAOS_FLOOD"
	to     = "CHAOS_FLOOD_TO"
)

// Inside tells whether this program was started to be a flood; then its whole work is Run.
func Inside() bool { return os.Getenv(inside) != "" }

// Run floods until ctx ends.
func Run(ctx context.Context) error {
	kind, ok := Kinds[os.Getenv(inside)]
	if !ok {
		return fmt.Errorf("flood %q: no such kind", os.Getenv(inside))
	}
	var all sync.WaitGroup
	for range kind.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := kind.be(ctx, os.Getenv(to)); err != nil {
					rest(ctx, 10*time.Millisecond) // refused, or thrown out
				}
			}
		})
	}
	all.Wait()
	return nil
}

// random asks for names that nobody has, as fast as they are answered.
func random(ctx context.Context, address string) error {
	return packets(ctx, address, func() []byte {
		name := fmt.Sprintf("%x.%x.svc.cluster.local.", rand.Uint64(), rand.Uint32())
		wire, err := new(dns.Msg).SetQuestion(name, dns.TypeA).Pack()
		if err != nil {
			panic(err)
		}
		return wire
	})
}

// malformed sends what is no question: noise, questions with bytes changed, and the beginnings of questions.
func malformed(ctx context.Context, address string) error {
	return packets(ctx, address, func() []byte {
		wire, err := new(dns.Msg).SetQuestion("kube-dns.kube-system.svc.cluster.local.", dns.TypeA).SetEdns0(1232, true).Pack()
		if err != nil {
			panic(err)
		}
		switch rand.IntN(3) {
		case 0:
			return noise(rand.IntN(600))
		case 1:
			for range 1 + rand.IntN(8) {
				wire[rand.IntN(len(wire))] = byte(rand.Uint32())
			}
			return wire
		}
		return wire[:rand.IntN(len(wire))]
	})
}

// packets sends a window of packets, and another as soon as answers come or a moment has passed.
func packets(ctx context.Context, address string, make func() []byte) error {
	conn, err := dial(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	var answer [4096]byte
	for ctx.Err() == nil {
		for range window {
			conn.Write(make())
		}
		conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		for range window {
			if _, err := conn.Read(answer[:]); err != nil {
				break
			}
		}
	}
	return nil
}

// large sends messages as long as TCP takes: a question, and an EDNS option that fills the rest.
func large(ctx context.Context, address string) error {
	m := new(dns.Msg).SetQuestion("kube-dns.kube-system.svc.cluster.local.", dns.TypeA).SetEdns0(1232, false)
	m.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_PADDING{Padding: slices.Repeat([]byte{0}, dns.MaxMsgSize-m.Len()-4)}}
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := &dns.Conn{Conn: conn}
	for ctx.Err() == nil {
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		if err := c.WriteMsg(m); err != nil {
			return err
		}
		if _, err := c.ReadMsgHeader(nil); err != nil {
			return err
		}
	}
	return nil
}

// slow says a byte a second of a message of which it has promised 64 KiB.
func slow(ctx context.Context, address string) error {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	for text := noise(1 << 16); ctx.Err() == nil; text = text[1:] {
		text[0] |= 0x80
		if _, err := conn.Write(text[:1]); err != nil {
			return err
		}
		rest(ctx, time.Second)
	}
	return nil
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
