package express

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the control message of packet information has what it tells (ip(7), RFC 3542 6.1), behind a header of two words.
const (
	info       = unix.SizeofCmsghdr
	info4Index = info      // interface
	info4Local = info + 4  // address to send from
	info4Asked = info + 8  // address of the packet
	info6Asked = info      // address of the packet, and to send from
	info6Index = info + 16 // interface
)

// source is the control message that makes a reply leave from the address that packet i was sent to; none if the kernel has not told.
// The interface is the routes' to choose, but for addresses that mean nothing without.
func (b *batch) source(i int) []byte {
	n := int(b.in[i].header.Controllen)
	all := (*[infos * 8]byte)(unsafe.Pointer(&b.control[i]))[:]
	if n < unix.SizeofCmsghdr {
		return nil
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&all[0]))
	switch {
	case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && int(h.Len) == unix.CmsgLen(unix.SizeofInet4Pktinfo):
		binary.NativeEndian.PutUint32(all[info4Index:], 0)
		copy(all[info4Local:info4Local+4], all[info4Asked:])
		return all[:unix.CmsgSpace(unix.SizeofInet4Pktinfo)]
	case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && int(h.Len) == unix.CmsgLen(unix.SizeofInet6Pktinfo):
		if local := all[info6Asked] == 0xfe && all[info6Asked+1]&0xc0 == 0x80; !local {
			binary.NativeEndian.PutUint32(all[info6Index:], 0)
		}
		return all[:unix.CmsgSpace(unix.SizeofInet6Pktinfo)]
	}
	return nil
}
