package express

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// other is a socket of the server's, held by a descriptor of the lane's own. Whatever becomes of the server, it keeps its place and what
// it has queued until the lane has read it.
type other struct {
	file int
	left bool // the server has closed it
}

// files is the descriptors that belong to lanes of this process. Any goroutine may use it.
var files = struct {
	mu   sync.Mutex
	ours map[int]bool
}{ours: map[int]bool{}}

// breath is how long the server may be stuck with a socket that nothing comes to. CoreDNS hands its sockets on at a reload by
// net.FilePacketConn, which makes them block for a moment, and who reads in that moment would do so until a datagram comes. Without
// a lane that is soon.
var breath = unix.Timeval{Usec: 100_000}

// descriptors is where the kernel lists the descriptors of this process.
const descriptors = "/proc/self/fd"

// look finds the server's sockets: all of this process at the lane's address that are no lane's.
func (l *Lane) look() {
	files.mu.Lock()
	defer files.mu.Unlock()
	for _, o := range l.others {
		o.left = true
	}
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		return // the lane goes by the number it was told
	}
	for _, e := range entries {
		file, err := strconv.Atoi(e.Name())
		if err != nil || files.ours[file] || !l.serves(file) {
			continue
		}
		held, err := unix.FcntlInt(uintptr(file), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			continue
		}
		id, err := os.Readlink(filepath.Join(descriptors, strconv.Itoa(held))) // by now the first may be another's
		switch o := l.others[id]; {
		case err != nil, !l.serves(held):
			unix.Close(held)
		case o != nil:
			o.left = false
			unix.Close(held)
		default:
			files.ours[held] = true
			l.others[id] = &other{file: held}
			_ = unix.SetsockoptTimeval(held, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &breath)
		}
	}
}

// serves reports whether it is a socket that shares the lane's address.
func (l *Lane) serves(file int) bool {
	is := func(option, want int) bool {
		n, err := unix.GetsockoptInt(file, unix.SOL_SOCKET, option)
		return err == nil && n == want
	}
	if !is(unix.SO_PROTOCOL, unix.IPPROTO_UDP) || !is(unix.SO_REUSEPORT, 1) {
		return false
	}
	name, err := unix.Getsockname(file)
	return err == nil && located(name) == l.bound()
}

// bound is the lane's address as located tells it.
func (l *Lane) bound() netip.AddrPort {
	a, err := net.ResolveUDPAddr("udp", l.addr)
	if err != nil {
		return netip.AddrPort{}
	}
	p := a.AddrPort()
	return one(p.Addr(), p.Port())
}

// located is the address that a socket has.
func located(name unix.Sockaddr) netip.AddrPort {
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return one(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr)
		if i, err := net.InterfaceByIndex(int(a.ZoneId)); err == nil {
			ip = ip.WithZone(i.Name)
		}
		return one(ip, uint16(a.Port))
	}
	return netip.AddrPort{}
}

// one makes all ways to say an address the same: that of all addresses is of both families for CoreDNS.
func one(a netip.Addr, port uint16) netip.AddrPort {
	if !a.IsValid() || a.IsUnspecified() {
		a = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(a.Unmap(), port)
}

// closing is how long the server may take to close a socket once it says that it has. The DNS library closes each in two goroutines, of
// which it waits for one: who comes second does not wait for the first (net.Conn's Close), and the socket is still open.
const closing = time.Second

// orphans is those sockets of the server that it has closed, as the lane's own: somebody has to read them. While the server has more than it
// keeps, it is waited for.
func (l *Lane) orphans(keeps int) (all []*socket) {
	all = l.adopt()
	for pause := time.Millisecond; len(l.others) > keeps && pause < closing; pause *= 2 {
		time.Sleep(pause)
		all = append(all, l.adopt()...)
	}
	return all
}

// adopt takes over those that the server has closed by now.
func (l *Lane) adopt() (all []*socket) {
	l.look()
	for id, o := range l.others {
		if !o.left {
			continue
		}
		delete(l.others, id)
		if s, err := o.adopt(l); err == nil {
			all = append(all, s)
		}
	}
	return all
}

// adopt makes it a socket of the lane.
func (o *other) adopt(l *Lane) (*socket, error) {
	f := os.NewFile(uintptr(o.file), "")
	s, err := own(l, func() (net.PacketConn, error) { return net.FilePacketConn(f) })
	files.mu.Lock()
	defer files.mu.Unlock()
	delete(files.ours, o.file)
	f.Close()
	if err != nil {
		return nil, err
	}
	if p := l.program.Load(); p != nil {
		s.change(p)
		s.start()
	}
	return s, nil
}

// leave makes the kernel choose the server's socket no more. The server still reads what it has.
func (o *other) leave(own net.Addr) { leave(o.file, own) }

// queued reports whether the server has something to read.
func (l *Lane) queued() bool {
	for _, o := range l.others {
		if n, err := unix.IoctlGetInt(o.file, unix.SIOCINQ); err == nil && n > 0 {
			return true
		}
	}
	return false
}

// release lets go of the server's sockets.
func (l *Lane) release() {
	files.mu.Lock()
	defer files.mu.Unlock()
	for id, o := range l.others {
		delete(files.ours, o.file)
		unix.Close(o.file)
		delete(l.others, id)
	}
}
