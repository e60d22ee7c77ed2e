package express

import (
	"net"
	"os"
	"time"
)

// feed is a desk as the connection that the DNS library reads.
type feed struct{ d *Desk }

// ReadFrom implements net.PacketConn: the next packet, once there are fewer handed over than may be.
func (f feed) ReadFrom(b []byte) (int, net.Addr, error) {
	d := f.d
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.closed && (d.count == 0 || d.flight >= d.limit) {
		d.change.Wait()
	}
	if d.closed {
		return 0, nil, os.ErrDeadlineExceeded
	}
	d.flight++
	l := d.pop()
	n := copy(b, l.packet)
	l.packet = nil
	return n, l, nil
}

// WriteTo implements net.PacketConn.
func (f feed) WriteTo(b []byte, to net.Addr) (int, error) {
	l, ok := to.(*letter)
	if !ok {
		return 0, net.UnknownNetworkError(to.Network())
	}
	return len(b), l.from.send(b, l.oob, l.peer)
}

// LocalAddr implements net.PacketConn.
func (f feed) LocalAddr() net.Addr { return f.d.local }

// Close implements net.PacketConn.
func (f feed) Close() error { return f.SetReadDeadline(time.Unix(1, 0)) }

// SetDeadline implements net.PacketConn.
func (f feed) SetDeadline(t time.Time) error { return f.SetReadDeadline(t) }

// SetReadDeadline implements net.PacketConn: one in another age, by which the library ends its reading, is the end. Others are nothing to
// it, nor is one that a machine which stood still has let go by.
func (f feed) SetReadDeadline(t time.Time) error {
	if t.IsZero() || t.After(f.d.opened) {
		return nil
	}
	f.d.mu.Lock()
	f.d.closed = true
	f.d.mu.Unlock()
	f.d.change.Broadcast()
	return nil
}

// SetWriteDeadline implements net.PacketConn.
func (f feed) SetWriteDeadline(time.Time) error { return nil }
