package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// Result is what became of the questions of one run.
type Result struct {
	Answered int
	Seconds  float64
}

// How much is asked at a time: so many sockets, and so many questions on each that wait for an answer.
const (
	sockets = 8
	each    = 4
)

// patience is how long an answer may take until it counts as lost. Tests change it.
var patience = 10 * time.Second

// Set is questions that are ready to be sent. Immutable: any goroutine may use it.
type Set struct {
	tcp   bool
	asked []asked
}

// asked is a question as it is sent, and what its answer is to be.
type asked struct {
	question Question
	wire     []byte // with two octets of length in front of it, as TCP has
}

// Pack makes questions ready.
func (k Kind) Pack(questions []Question) (Set, error) {
	s := Set{tcp: k.TCP, asked: make([]asked, len(questions))}
	for i, q := range questions {
		m := new(dns.Msg).SetQuestion(q.Name, q.Type)
		if k.EDNS {
			m.SetEdns0(4096, false)
		}
		wire, err := m.Pack()
		if err != nil {
			return s, fmt.Errorf("%s: %w", q.Name, err)
		}
		s.asked[i] = asked{q, append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)}
	}
	return s, nil
}

// Check is which answers are right.
type Check int

// Exact wants the rcode and the number of records; Near is for clusters that change, where a few of many endpoints are on
// their way; Anything is for servers that say the same to all questions.
const (
	Exact Check = iota
	Near
	Anything
)

// Run asks a server again and again for a time, always with a number of questions on their way. A wrong answer is an
// error, and so is one that does not come: os.ErrDeadlineExceeded.
func (s Set) Run(address string, d time.Duration, check Check) (Result, error) {
	start := time.Now()
	var answered atomic.Int64
	errs := make([]error, sockets)
	var all sync.WaitGroup
	for i := range sockets {
		all.Go(func() {
			a := &asking{set: s, check: check, next: i * len(s.asked) / sockets, until: start.Add(d)}
			if s.tcp {
				errs[i] = a.overTCP(address)
			} else {
				errs[i] = a.overUDP(address)
			}
			answered.Add(int64(a.answered))
		})
	}
	all.Wait()
	r := Result{int(answered.Load()), time.Since(start).Seconds()}
	return r, errors.Join(errs...)
}

// asking is one socket's part. It belongs to one goroutine.
type asking struct {
	set      Set
	check    Check
	next     int // of the questions
	until    time.Time
	waiting  [each]*asked // by id
	answered int
}

// put writes the next question with an id to dst.
func (a *asking) put(dst []byte, id int) []byte {
	q := &a.set.asked[a.next%len(a.set.asked)]
	a.next++
	a.waiting[id] = q
	at := len(dst)
	dst = append(dst, q.wire...)
	binary.BigEndian.PutUint16(dst[at+2:], uint16(id))
	return dst
}

// take checks an answer, and tells its id.
func (a *asking) take(wire []byte) (id int, err error) {
	if len(wire) < 12 {
		return 0, fmt.Errorf("an answer of %d octets", len(wire))
	}
	id = int(binary.BigEndian.Uint16(wire))
	if id >= each || a.waiting[id] == nil {
		return 0, fmt.Errorf("an answer with the id %d, which nobody asked with", id)
	}
	q := a.waiting[id].question
	a.waiting[id] = nil
	a.answered++
	return id, a.check.wrong(q, wire)
}

// wrong is what is wrong with an answer.
func (c Check) wrong(q Question, wire []byte) error {
	truncated, rcode, answers := wire[2]&2 != 0, int(wire[3]&15), int(binary.BigEndian.Uint16(wire[6:]))
	switch {
	case c == Anything:
		return nil
	case rcode == q.Rcode && (answers == q.Answers || truncated && answers < q.Answers || c == Near && near(answers, q.Answers)):
		return nil
	}
	return fmt.Errorf("%s %s: %s with %d records, truncated: %v; want %s with %d", q.Name, dns.TypeToString[q.Type],
		dns.RcodeToString[rcode], answers, truncated, dns.RcodeToString[q.Rcode], q.Answers)
}

// near tells whether a number of records is right but for a tenth of them. One is one.
func near(answers, want int) bool {
	return want > 1 && answers >= want-max(1, want/10) && answers <= want+max(1, want/10)
}

// over tells that no more is to be asked.
func (a *asking) over() bool { return !time.Now().Before(a.until) }
