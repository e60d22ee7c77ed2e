// Package express answers plain UDP questions beside a server: in batches, on sockets of its own.
//
//	             ┌──▶ socket ──recvmmsg──▶ Answerer ──sendmmsg──▶ the client
//	datagrams ───┤ (steered by the kernel)    │
//	             │                            ▼ not sure
//	             │                           Desk ──Handler──▶ the server, which answers by the same socket
//	             └──▶ the server's own socket: what is no plain question
//
// A Lane is the sockets beside those of one listener. It outlives what it answers from, a Program, which may change at any
// time: no datagram that a socket has queued is lost. A socket leaves the kernel's choice before it is read for the last
// time. That holds for the server's sockets, too: the lane keeps each of them open until it has left and is empty.
//
// It knows nothing of who answers, and nothing of CoreDNS.
package express

import "time"

// Answerer answers the questions of one socket. It belongs to one goroutine, or to who has it by Lane.Each.
type Answerer interface {
	// Answer appends the reply to a packet that came over IPv4 or IPv6. If it is false, the packet is for the server,
	// and nothing was appended.
	Answer(dst, packet []byte, ipv6 bool) ([]byte, bool)
	// Sent says that all replies since the last call have left, and how long after their questions came.
	Sent(took time.Duration)
	// Retire says that nothing more is asked.
	Retire()
}

// Program is what a lane answers from. Immutable.
type Program struct {
	New  func() Answerer // one for each socket
	Desk *Desk           // takes what is not answered
}

// Stats is what a lane has done so far.
type Stats struct {
	Taken   uint64 // questions that the lane answered itself
	Handed  uint64 // given to the server
	Dropped uint64 // of those: dropped before the server saw them
	Unsent  uint64 // replies that the kernel did not take
	Batches [len(Sizes) + 1]uint64
}

// Sizes is the limits of Stats.Batches: a batch of n packets counts where n is at most the limit, and in the last place if it is
// greater than all.
var Sizes = [...]int{1, 2, 4, 8, 16, 32}

func (s *Stats) batch(n int) {
	for i, limit := range Sizes {
		if n <= limit {
			s.Batches[i]++
			return
		}
	}
	s.Batches[len(Sizes)]++
}

// add adds what another socket has done.
func (s *Stats) add(o Stats) {
	s.Taken += o.Taken
	s.Handed += o.Handed
	s.Unsent += o.Unsent
	for i, n := range o.Batches {
		s.Batches[i] += n
	}
}

// drain is how long a socket is still read after the kernel chooses it no more, where the kernel cannot say that no datagram is on its
// way into its queue.
const drain = 50 * time.Millisecond

// patience is how long questions at a desk may take when their server or their socket ends; CoreDNS gives as much.
const patience = 5 * time.Second
