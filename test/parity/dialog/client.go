package dialog

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/miekg/dns"
)

// How long to wait for an answer that is expected, and for one that is not.
const (
	patience = 3 * time.Second
	brief    = 100 * time.Millisecond
)

// Client asks one server. It belongs to one goroutine.
type Client struct {
	UDP, TCP string
	conns    [2]*dns.Conn
	Asked    int
}

// Close closes its sockets.
func (c *Client) Close() {
	for i := range c.conns {
		c.drop(i)
	}
}

func (c *Client) drop(i int) {
	if c.conns[i] != nil {
		c.conns[i].Close()
		c.conns[i] = nil
	}
}

// Ask asks, and waits for the answer. No answer is a silent reply.
func (c *Client) Ask(q Question) (Reply, error) {
	m := q.Msg()
	packet, err := m.Pack()
	if err != nil {
		return Reply{}, err
	}
	c.Asked++
	for try := 0; ; try++ {
		r, err := c.exchange(q, m.Id, packet)
		switch {
		case err == nil:
			return r, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.drop(0)
			c.drop(1)
			return Reply{Silent: true}, nil
		case try > 2:
			return Reply{}, err
		}
	}
}

func (c *Client) exchange(q Question, id uint16, packet []byte) (Reply, error) {
	network, addr, i := "udp", c.UDP, 0
	if q.TCP {
		network, addr, i = "tcp", c.TCP, 1
	}
	if c.conns[i] == nil {
		conn, err := net.DialTimeout(network, addr, patience)
		if err != nil {
			return Reply{}, err
		}
		c.conns[i] = &dns.Conn{Conn: conn, UDPSize: dns.MaxMsgSize}
	}
	conn := c.conns[i]
	wait := patience
	if q.ExpectSilence {
		wait = brief
	}
	conn.SetDeadline(time.Now().Add(wait))
	if _, err := conn.Write(packet); err != nil {
		c.drop(i)
		return Reply{}, err
	}
	for {
		answer, err := conn.ReadMsgHeader(nil)
		if err != nil {
			c.drop(i)
			return Reply{}, err
		}
		got := new(dns.Msg)
		if err := got.Unpack(answer); err != nil {
			return Reply{}, fmt.Errorf("answer to %s: %w", q, err)
		}
		if got.Id != id {
			continue // of a question that was given up
		}
		if len(answer) > q.Budget() {
			return Reply{}, fmt.Errorf("answer to %s: %d bytes, want at most %d", q, len(answer), q.Budget())
		}
		return Read(got, len(answer)), nil
	}
}
