package load

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/net/ipv4"
)

// overUDP asks over one socket, with as few system calls as it can.
func (a *asking) overUDP(address string) error {
	dialed, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer dialed.Close()
	conn := ipv4.NewPacketConn(dialed.(*net.UDPConn))
	in, out := make([]ipv4.Message, each), make([]ipv4.Message, each)
	var rooms [each][512]byte // for one question each
	for i := range each {
		in[i].Buffers = [][]byte{make([]byte, 65536)}
		out[i].Buffers = [][]byte{a.put(rooms[i][:0], i)[2:]}
	}
	ready, waiting := each, 0
	for ready+waiting > 0 {
		if err := send(conn, out[:ready]); err != nil {
			return err
		}
		waiting += ready
		dialed.SetReadDeadline(time.Now().Add(patience))
		n, err := conn.ReadBatch(in, 0)
		if err != nil {
			return fmt.Errorf("%d questions without an answer: %w", waiting, err)
		}
		ready = 0
		more := !a.over()
		for _, m := range in[:n] {
			id, err := a.take(m.Buffers[0][:m.N])
			if err != nil {
				return err
			}
			waiting--
			if more {
				out[ready].Buffers[0] = a.put(rooms[ready][:0], id)[2:]
				ready++
			}
		}
	}
	return nil
}

// send sends all messages.
func send(conn *ipv4.PacketConn, all []ipv4.Message) error {
	for len(all) > 0 {
		n, err := conn.WriteBatch(all, 0)
		if err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
