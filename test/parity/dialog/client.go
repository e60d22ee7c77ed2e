package dialog

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// How long to wait for an answer that is expected, for one that is not, and for the last ones of many.
const (
	patience = 3 * time.Second
	brief    = 100 * time.Millisecond
	lull     = 500 * time.Millisecond
)

// window is how many questions wait for their answers at a time: what a socket's buffer holds for sure.
const window = 32

// Client asks one server. It belongs to one goroutine.
type Client struct {
	UDP, TCP string
	lines    [2]*line
}

// Close closes its sockets.
func (c *Client) Close() {
	c.drop(0)
	c.drop(1)
}

// Ask asks, and waits for the answer. No answer is a silent reply.
func (c *Client) Ask(q Question) (Reply, error) {
	wait := patience
	if q.ExpectSilence {
		wait = brief
	}
	replies := make([]Reply, 1)
	for try := 0; ; try++ {
		err := c.exchange([]Question{q}, []int{0}, replies, wait, wait)
		switch {
		case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
			return replies[0], nil
		case try > 2:
			return Reply{}, err
		}
	}
}

// AskAll asks many at once, and returns what is said to each. What gets no answer is asked again, alone.
func (c *Client) AskAll(qs []Question) ([]Reply, error) {
	replies := make([]Reply, len(qs))
	var by [2][]int // UDP, TCP; those that may stay without an answer first
	for _, silent := range []bool{true, false} {
		for i, q := range qs {
			if q.ExpectSilence == silent {
				by[q.network()] = append(by[q.network()], i)
			}
			replies[i].Silent = true
		}
	}
	var errs [2]error
	var both sync.WaitGroup
	for n := range by {
		if len(by[n]) > 0 {
			both.Go(func() {
				for range 3 { // a server closes what was idle for long
					if errs[n] = c.exchange(qs, by[n], replies, lull, brief); errs[n] == nil || errors.Is(errs[n], os.ErrDeadlineExceeded) {
						break
					}
				}
			})
		}
	}
	both.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
	for i, q := range qs {
		if !replies[i].Silent || q.ExpectSilence {
			continue
		}
		var err error
		if replies[i], err = c.Ask(q); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func (q Question) network() int {
	if q.TCP {
		return 1
	}
	return 0
}

// exchange asks those of the questions over their network, and waits so long for an answer, and so briefly if no other
// than those that may be missing is left.
func (c *Client) exchange(qs []Question, which []int, replies []Reply, wait, brief time.Duration) error {
	n := qs[which[0]].network()
	if c.lines[n] == nil {
		conn, err := net.DialTimeout([]string{"udp", "tcp"}[n], []string{c.UDP, c.TCP}[n], patience)
		if err != nil {
			return err
		}
		c.lines[n] = newLine(conn)
	}
	l := c.lines[n]
	expected := 0 // of those in flight
	flying := map[uint16]int{}
	for next := 0; next < len(which) || len(flying) > 0; {
		if next < len(which) && len(flying) < window {
			q := qs[which[next]]
			replies[which[next]] = Reply{Silent: true}
			l.id++
			if err := l.send(q); err != nil {
				c.drop(n)
				return fmt.Errorf("%s: %w", q, err)
			}
			flying[l.id] = which[next]
			next++
			if !q.ExpectSilence {
				expected++
			}
			continue
		}
		limit := wait
		if expected == 0 {
			limit = brief
		}
		l.conn.SetReadDeadline(time.Now().Add(limit))
		packet, err := l.receive()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && next < len(which):
			clear(flying) // go on without them
			expected = 0
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case err != nil:
			c.drop(n)
			return err
		}
		m := new(dns.Msg)
		if err := m.Unpack(packet); err != nil {
			return fmt.Errorf("answer of %d bytes: %w", len(packet), err)
		}
		i, ok := flying[m.Id]
		if !ok {
			continue // of a question that was given up
		}
		delete(flying, m.Id)
		q := qs[i]
		if !q.ExpectSilence {
			expected--
		}
		if len(packet) > q.Budget() {
			return fmt.Errorf("answer to %s: %d bytes, want at most %d", q, len(packet), q.Budget())
		}
		replies[i] = Read(m, len(packet))
	}
	return nil
}

func (c *Client) drop(n int) {
	if c.lines[n] != nil {
		c.lines[n].conn.Close()
		c.lines[n] = nil
	}
}
