package load

import (
	"net"
	"time"

	"golang.org/x/net/ipv4"
)

// Flood is questions that are asked at a rate, whether those before are answered or not: clients do not wait for each
// other. Immutable.
type Flood struct {
	Rate   float64 // questions a second
	Length time.Duration
	Other  Set             // asked beside them, slowly, from a socket of its own; empty: nothing
	Stop   <-chan struct{} // ends it early; nil: nothing does
}

// Flooded is what became of a flood.
type Flooded struct {
	Seconds  float64
	Asked    int // which may be less than the rate says, if the asking takes all of its core
	Answered int // right, while it lasted, and before a client would have given up
	Wrong    int
	Late     int
	Took     *Times // of those that are answered

	OtherAsked, OtherAnswered int
	OtherTook                 *Times
}

// Add adds what became of another flood.
func (f *Flooded) Add(o Flooded) {
	f.Seconds += o.Seconds
	f.Asked, f.Answered, f.Wrong, f.Late = f.Asked+o.Asked, f.Answered+o.Answered, f.Wrong+o.Wrong, f.Late+o.Late
	f.OtherAsked, f.OtherAnswered = f.OtherAsked+o.OtherAsked, f.OtherAnswered+o.OtherAnswered
	f.Took.merge(o.Took)
	f.OtherTook.merge(o.OtherTook)
}

const (
	// tide is how many sockets a flood has: an id does not come twice while a client waits for the first answer.
	tide = 64
	// tick is how often at least is looked for answers.
	tick = time.Millisecond
	// lag is how far behind its rate a flood may be before it asks less: what holds it up for longer makes no burst.
	lag = 10 * time.Millisecond
	// silence is how long none of the answers to the other question comes when all are there that come at all.
	silence = 20 * otherEvery
	// otherEvery is how often the other question is asked.
	otherEvery = 20 * time.Millisecond
)

// How long clients wait: what resolv.conf(5) says if it says nothing, and less for the few that are asked beside.
const (
	gives      = 5 * time.Second
	otherGives = 2 * time.Second
)

// Flood floods a server.
func (s Set) Flood(address string, f Flood) (Flooded, error) {
	r := Flooded{Took: &Times{}, OtherTook: &Times{}}
	w := &wave{in: make([]ipv4.Message, bundled)}
	for i := range w.in {
		w.in[i].Buffers = [][]byte{make([]byte, 4096)}
	}
	defer w.close()
	if err := w.open(address, s, tide, gives, r.Took); err != nil {
		return r, err
	}
	if len(f.Other.asked) > 0 {
		if err := w.open(address, f.Other, 1, otherGives, r.OtherTook); err != nil {
			return r, err
		}
	}
	err := w.run(f)
	r.Seconds = w.lasted.Seconds()
	for _, s := range w.spouts[:tide] {
		r.Asked, r.Answered, r.Wrong, r.Late = r.Asked+s.asked, r.Answered+s.answered, r.Wrong+s.wrong, r.Late+s.late
	}
	for _, s := range w.spouts[tide:] {
		r.OtherAsked, r.OtherAnswered = s.asked, s.answered
	}
	return r, err
}

// wave is a flood that runs. It belongs to one goroutine.
type wave struct {
	spouts []*spout // the other question's is the last one
	in     []ipv4.Message
	start  time.Time
	turn   int // of the spouts
	lasted time.Duration
}

// open opens sockets that ask the questions of a set.
func (w *wave) open(address string, set Set, n int, gives time.Duration, took *Times) error {
	bundles := set.bundles()
	for i := range n {
		conn, err := net.Dial("udp", address)
		if err != nil {
			return err
		}
		udp := conn.(*net.UDPConn)
		w.spouts = append(w.spouts, &spout{
			udp: udp, batches: ipv4.NewPacketConn(udp), set: set, gives: gives, took: took, sent: make([]mark, 1<<16), bundles: bundles, turn: i * len(bundles) / n,
		})
	}
	return nil
}

func (w *wave) close() {
	for _, s := range w.spouts {
		s.udp.Close()
	}
}

// run asks until the time is over, and waits for what was asked beside.
func (w *wave) run(f Flood) error {
	w.start = time.Now()
	swept, other, asked := time.Duration(0), time.Duration(0), 0
	for {
		now := time.Since(w.start)
		if now >= f.Length || stopped(f.Stop) {
			w.lasted = now
			break
		}
		due := int(f.Rate*now.Seconds()) - asked
		if most := max(bundled, int(f.Rate*lag.Seconds())); due > most {
			asked, due = asked+due-most, most // those are not asked
		}
		if due > 0 {
			n, err := w.spouts[w.turn%tide].ask(w, due)
			if err != nil {
				return err
			}
			asked += n
			w.turn++
		}
		if len(w.spouts) > tide && now >= other {
			if _, err := w.spouts[tide].ask(w, 1); err != nil {
				return err
			}
			other = now + otherEvery
		}
		if due <= 0 || now-swept >= tick {
			w.sweep(w.spouts)
			swept = now
		}
		if due <= 0 {
			time.Sleep(tick / 10)
		}
	}
	for _, s := range w.spouts[tide:] {
		last, answered := time.Now(), s.answered
		for end := last.Add(s.gives); s.answered < s.asked && time.Now().Before(end) && time.Since(last) < silence; time.Sleep(tick) {
			if w.sweep(w.spouts[tide:]); s.answered > answered {
				last, answered = time.Now(), s.answered
			}
		}
	}
	return nil
}

func stopped(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// now is the time that marks have.
func (w *wave) now() uint32 { return uint32(time.Since(w.start).Microseconds()) + 1 }

// sweep takes the answers that have come.
func (w *wave) sweep(spouts []*spout) {
	for _, s := range spouts {
		for n := len(w.in); n == len(w.in); {
			n = s.receive(w)
		}
	}
}
