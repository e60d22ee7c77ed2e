package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// bundled is how many questions at the most leave with one system call. The kernel takes them through its layers as one
// packet, and parts them at the receiver's socket (UDP_SEGMENT, udp(7)): one core can ask several times what another one answers.
const bundled = 32

// bundle is questions of the same length, which is what the kernel parts them by.
type bundle []uint32

// bundles is all questions in a random order, but for what bundles need.
func (s Set) bundles() (all []bundle) {
	by := map[int]bundle{}
	for i, a := range s.asked {
		by[len(a.wire)] = append(by[len(a.wire)], uint32(i))
	}
	for _, same := range by {
		for b := range slices.Chunk(same, bundled) {
			all = append(all, b)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// spout is one socket of a wave.
type spout struct {
	udp      *net.UDPConn
	batches  *ipv4.PacketConn
	set      Set
	gives    time.Duration // how long is waited for an answer
	bundles  []bundle
	turn, at int    // the bundle, and how much of it is asked
	id       uint16 // of the next question
	sent     []mark // by id
	out      []byte
	oob      []byte
	took     *Times

	asked, answered, wrong, late int
}

// mark is when a question was sent, by wave.now, and which. The zero value is none.
type mark struct{ at, question uint32 }

// ask sends the next questions, at the most so many, and tells how many.
func (s *spout) ask(w *wave, most int) (n int, err error) {
	now, size := w.now(), 0
	b := s.bundles[s.turn%len(s.bundles)][s.at:]
	s.out = s.out[:0]
	for n = range b[:min(most, len(b))] {
		wire := s.set.asked[b[n]].wire[2:]
		size, s.out = len(wire), append(s.out, wire...)
		binary.BigEndian.PutUint16(s.out[len(s.out)-size:], s.id)
		s.sent[s.id] = mark{now, b[n]}
		s.id++
	}
	n++
	if s.at += n; n == len(b) {
		s.turn, s.at = s.turn+1, 0
	}
	s.asked += n
	if _, _, err = s.udp.WriteMsgUDP(s.out, s.parted(size), nil); errors.Is(err, syscall.ECONNREFUSED) {
		err = nil // that was an earlier one
	}
	return n, err
}

// parted is the control message that has the kernel part what is sent.
func (s *spout) parted(size int) []byte {
	if s.oob == nil {
		s.oob = make([]byte, unix.CmsgSpace(2))
		binary.NativeEndian.PutUint64(s.oob, uint64(unix.CmsgLen(2)))
		binary.NativeEndian.PutUint32(s.oob[8:], unix.SOL_UDP)
		binary.NativeEndian.PutUint32(s.oob[12:], unix.UDP_SEGMENT)
	}
	binary.NativeEndian.PutUint16(s.oob[unix.SizeofCmsghdr:], uint16(size))
	return s.oob
}

// receive takes answers that have come, and tells how many.
func (s *spout) receive(w *wave) int {
	n, err := s.batches.ReadBatch(w.in, unix.MSG_DONTWAIT)
	if err != nil {
		return 0
	}
	now := w.now()
	for _, m := range w.in[:n] {
		s.take(m.Buffers[0][:m.N], now)
	}
	return n
}

// take counts an answer.
func (s *spout) take(wire []byte, now uint32) {
	if len(wire) < 12 {
		s.wrong++
		return
	}
	m := &s.sent[binary.BigEndian.Uint16(wire)]
	if m.at == 0 {
		s.late++ // the id was another question's since, and that is answered
		return
	}
	a, took := &s.set.asked[m.question], time.Duration(now-m.at)*time.Microsecond
	switch {
	case took > s.gives || !bytes.HasPrefix(wire[12:], a.section()):
		s.late++ // if it is another question, likewise
		return
	case Exact.wrong(a.question, wire) != nil:
		s.wrong++
	default:
		s.answered++
		s.took.add(took)
	}
	m.at = 0
}

// section is the question as it stands in the packet (RFC 1035 4.1.2).
func (a *asked) section() []byte {
	const start = 2 + 12
	end := start
	for a.wire[end] != 0 {
		end += 1 + int(a.wire[end])
	}
	return a.wire[start : end+1+4]
}
