package express

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// choice is the program by which the kernel chooses a socket of those that share an address, by its place: first there are the others,
// then the lane's (SO_ATTACH_REUSEPORT_CBPF, socket(7)). It sees the packet behind its UDP header. What is no query of one question
// with at most one record beside it (RFC 1035 4.1.1) is for the others, each in its turn as in the lane.
func choice(others, lane int) ([]bpf.RawInstruction, error) {
	const otherwise = 10 // where the others' part begins
	return bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 2, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0xf800, SkipTrue: otherwise - 2},
		bpf.LoadAbsolute{Off: 4, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 1 << 16, SkipTrue: otherwise - 4},
		bpf.LoadAbsolute{Off: 8, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: 1, SkipTrue: otherwise - 6},
		bpf.LoadExtension{Num: bpf.ExtRand},
		bpf.ALUOpConstant{Op: bpf.ALUOpMod, Val: uint32(lane)},
		bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: uint32(others)},
		bpf.RetA{},
		bpf.LoadExtension{Num: bpf.ExtRand}, // otherwise
		bpf.ALUOpConstant{Op: bpf.ALUOpMod, Val: uint32(others)},
		bpf.RetA{},
	})
}

// steer makes the kernel choose the lane's sockets.
func (s *socket) steer(others, lane int) error {
	raw, err := choice(others, lane)
	if err != nil {
		return err
	}
	filters := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filters[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filters)), Filter: &filters[0]}
	failed := s.raw.Control(func(fd uintptr) {
		err = os.NewSyscallError("SO_ATTACH_REUSEPORT_CBPF", unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &prog))
	})
	return errors.Join(failed, err)
}

// unsteer makes the kernel spread what comes. Kernels before 5.3 cannot; there the places may be those of other
// sockets, which answer as well.
func (s *socket) unsteer() {
	_ = s.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DETACH_REUSEPORT_BPF, 0)
	})
}

// leave makes the kernel choose other sockets for what comes from now on, from the next barrier at the latest. What this one has stays in
// its queue.
func (s *socket) leave() { leave(s.file, s.conn.LocalAddr()) }

// leave connects a socket to where nothing comes from.
func leave(file int, own net.Addr) {
	family, err := unix.GetsockoptInt(file, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return
	}
	for _, a := range nowhere(family, own.(*net.UDPAddr).AddrPort().Addr()) {
		if unix.Connect(file, a) == nil {
			return
		}
	}
}

// barrier waits until no processor of the machine is about to queue a datagram for a socket that has left (membarrier(2) waits for all
// who may have chosen it). It reports whether the kernel can say that.
func barrier() bool {
	const global = 1 // MEMBARRIER_CMD_GLOBAL
	_, _, err := unix.Syscall(unix.SYS_MEMBARRIER, global, 0, 0)
	return err == 0
}

// nowhere is addresses that can be connected to and send nothing: ports of TCP's multiplexer at the machine itself.
func nowhere(family int, own netip.Addr) []unix.Sockaddr {
	const tcpmux = 1
	if family == unix.AF_INET {
		if own.IsUnspecified() {
			return []unix.Sockaddr{&unix.SockaddrInet4{Port: tcpmux, Addr: [4]byte{127, 0, 0, 1}}}
		}
		return []unix.Sockaddr{&unix.SockaddrInet4{Port: tcpmux, Addr: own.Unmap().As4()}}
	}
	if !own.IsUnspecified() {
		a := &unix.SockaddrInet6{Port: tcpmux, Addr: own.As16()}
		if i, err := net.InterfaceByName(own.Zone()); err == nil {
			a.ZoneId = uint32(i.Index)
		}
		return []unix.Sockaddr{a}
	}
	mapped := &unix.SockaddrInet6{Port: tcpmux, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}}
	return []unix.Sockaddr{&unix.SockaddrInet6{Port: tcpmux, Addr: [16]byte{15: 1}}, mapped}
}
