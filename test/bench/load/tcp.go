package load

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// overTCP asks over one connection.
func (a *asking) overTCP(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	var out []byte
	for i := range each {
		out = a.put(out, i)
	}
	in, answer := bufio.NewReaderSize(conn, 1<<17), make([]byte, 65536)
	for waiting := each; waiting > 0; waiting-- {
		conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write(out); err != nil {
			return err
		}
		if _, err := io.ReadFull(in, answer[:2]); err != nil {
			return fmt.Errorf("%d questions without an answer: %w", waiting, err)
		}
		size := binary.BigEndian.Uint16(answer)
		if _, err := io.ReadFull(in, answer[:size]); err != nil {
			return err
		}
		id, err := a.take(answer[:size])
		if err != nil {
			return err
		}
		out = out[:0]
		if !a.over() {
			out = a.put(out, id)
			waiting++
		}
	}
	return nil
}
