package dialog

import (
	"bufio"
	"encoding/binary"
	"net"

	"github.com/miekg/dns"
)

// line is a socket to a server. It belongs to one goroutine.
type line struct {
	conn   net.Conn
	stream *bufio.Reader // nil for datagrams
	id     uint16        // of the last question
	in     []byte        // of datagrams
	out    []byte
}

func newLine(conn net.Conn) *line {
	l := &line{conn: conn, id: dns.Id(), out: make([]byte, 2+4096)}
	if _, ok := conn.(*net.TCPConn); ok {
		l.stream = bufio.NewReaderSize(conn, 2+dns.MaxMsgSize)
	} else {
		l.in = make([]byte, dns.MaxMsgSize)
	}
	return l
}

// send sends a question with the line's id.
func (l *line) send(q Question) error {
	m := q.Msg()
	m.Id = l.id
	packet, err := m.PackBuffer(l.out[2:])
	if err != nil {
		return err
	}
	if l.stream != nil {
		binary.BigEndian.PutUint16(l.out, uint16(len(packet)))
		packet = l.out[:2+len(packet)]
	}
	_, err = l.conn.Write(packet)
	return err
}

// receive is the next packet. It is the caller's until the next call.
func (l *line) receive() ([]byte, error) {
	if l.stream == nil {
		n, err := l.conn.Read(l.in)
		return l.in[:n], err
	}
	head, err := l.stream.Peek(2)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head))
	packet, err := l.stream.Peek(2 + n) // whole, or later
	if err != nil {
		return nil, err
	}
	l.stream.Discard(2 + n)
	return packet[2:], nil
}
