package express

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	most  = 64       // packets of a batch
	room  = 512      // bytes of a question that are read: what CoreDNS reads (dns.MinMsgSize)
	full  = 64 << 10 // bytes of replies that are sent at once
	large = 4 * full // bytes that are not kept for the next batch
	infos = 5        // words of the control message that tells of an address: 40 bytes for IPv6, 32 for IPv4
	peers = unix.SizeofSockaddrInet6
)

// message is struct mmsghdr (recvmmsg(2)).
type message struct {
	header unix.Msghdr
	length uint32
	_      [4]byte
}

// batch is the packets that a socket has read, and their replies. What the kernel tells of a packet, where it came from and
// which address was asked, is what it is told with the reply. It belongs to one goroutine.
type batch struct {
	socket  *socket
	family  int
	in, to  [most]message
	inVec   [most]unix.Iovec
	toVec   [most]unix.Iovec
	names   [most][peers]byte
	control [most][infos]uint64
	packets [most][room]byte
	used    int // places whose lengths the kernel has set

	out   []byte    // the replies, one behind the other
	ends  [most]int // where each ends in out
	of    [most]int // the packet that it answers
	count int       // of replies

	// What the runtime calls when the socket can be read, or written. Neither waits, and the scheduler knows nothing of it: it would
	// take the processor away.
	recv, xmit func(fd uintptr) bool
	got, sent  int
	failed     unix.Errno
	zones      map[uint32]string // names of interfaces
}

func newBatch(family int) *batch {
	b := &batch{family: family, zones: map[uint32]string{}}
	for i := range b.in {
		b.inVec[i] = unix.Iovec{Base: &b.packets[i][0]}
		b.inVec[i].SetLen(room)
		h := &b.in[i].header
		h.Name, h.Iov = &b.names[i][0], &b.inVec[i]
		h.SetIovlen(1)
		h.Control = (*byte)(unsafe.Pointer(&b.control[i]))
		b.clear(i)
		b.to[i].header.Iov = &b.toVec[i]
		b.to[i].header.SetIovlen(1)
	}
	b.recv = func(fd uintptr) bool {
		b.got, b.failed = b.receive(fd)
		return b.failed != unix.EAGAIN
	}
	b.xmit = func(fd uintptr) bool {
		n, _, err := unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.to[b.sent])), uintptr(b.count-b.sent), unix.MSG_DONTWAIT, 0, 0)
		b.got, b.failed = int(n), err
		return err != unix.EAGAIN
	}
	return b
}

func (b *batch) bind(s *socket) { b.socket = s }

// clear makes place i take whatever comes.
func (b *batch) clear(i int) {
	h := &b.in[i].header
	h.Namelen = peers
	h.SetControllen(infos * 8)
	h.Flags = 0
}

// receive takes what is there, without waiting.
func (b *batch) receive(fd uintptr) (int, unix.Errno) {
	for ; b.used > 0; b.used-- {
		b.clear(b.used - 1)
	}
	for {
		n, _, err := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.in[0])), most, unix.MSG_DONTWAIT, 0, 0)
		switch err {
		case 0:
			b.used = int(n)
			return b.used, 0
		case unix.EINTR, unix.ECONNREFUSED: // the second is of a reply that nobody took
		default:
			return 0, err
		}
	}
}

// read waits for packets, and returns how many there are.
func (b *batch) read() (int, error) {
	if err := b.socket.raw.Read(b.recv); err != nil {
		return 0, err
	}
	if b.failed != 0 {
		return 0, b.failed
	}
	return b.got, nil
}

// poll is read without waiting; 0 if there is nothing.
func (b *batch) poll() (n int) {
	_ = b.socket.raw.Control(func(fd uintptr) { n, _ = b.receive(fd) })
	return n
}

// packet is packet i.
func (b *batch) packet(i int) []byte { return b.packets[i][:min(b.in[i].length, room)] }

// ipv6 reports whether packet i came over IPv6: an address that is mapped is IPv4's (RFC 4291 2.5.5.2).
func (b *batch) ipv6(i int) bool {
	return b.family == unix.AF_INET6 && [12]byte(b.names[i][8:20]) != [12]byte{10: 0xff, 11: 0xff}
}

// peer is where packet i came from.
func (b *batch) peer(i int) netip.AddrPort {
	n := &b.names[i]
	port := binary.BigEndian.Uint16(n[2:])
	if b.family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(n[4:8])), port)
	}
	a := netip.AddrFrom16([16]byte(n[8:24]))
	if id := binary.NativeEndian.Uint32(n[24:]); id != 0 {
		a = a.WithZone(b.zone(id))
	}
	return netip.AddrPortFrom(a, port)
}

// zone is the name of an interface (RFC 4007 11), or its number.
func (b *batch) zone(id uint32) string {
	if name, ok := b.zones[id]; ok {
		return name
	}
	name := strconv.FormatUint(uint64(id), 10)
	if i, err := net.InterfaceByIndex(int(id)); err == nil {
		name = i.Name
	}
	b.zones[id] = name
	return name
}

// reply says that out has the reply to packet i at its end. It goes to where the packet came from, from the address that was asked.
func (b *batch) reply(i int, out []byte) {
	b.out, b.ends[b.count], b.of[b.count] = out, len(out), i
	b.count++
}

// end is where the last reply ends.
func (b *batch) end() int {
	if b.count == 0 {
		return 0
	}
	return b.ends[b.count-1]
}

// send sends the replies, and returns how many the kernel did not take.
func (b *batch) send() (lost int) {
	start := 0
	for r := range b.count {
		end, i := b.ends[r], b.of[r]
		b.toVec[r].Base = &b.out[start]
		b.toVec[r].SetLen(end - start)
		h := &b.to[r].header
		h.Name, h.Namelen = &b.names[i][0], b.in[i].header.Namelen
		h.Control = nil
		control := b.source(i)
		if h.SetControllen(len(control)); len(control) > 0 {
			h.Control = &control[0]
		}
		start = end
	}
	for b.sent = 0; b.sent < b.count; {
		switch err := b.socket.raw.Write(b.xmit); {
		case err != nil:
			lost, b.sent = lost+b.count-b.sent, b.count
		case b.failed == unix.EINTR:
		case b.failed != 0: // of the first of them
			lost, b.sent = lost+1, b.sent+1
		default:
			b.sent += b.got
		}
	}
	b.count, b.out = 0, b.out[:0]
	if cap(b.out) > large {
		b.out = nil
	}
	return lost
}
