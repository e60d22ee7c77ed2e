package ask

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// examples is how many of each kind are kept, the first ones and as many of the last.
const examples = 4

// Count is what became of questions.
type Count struct {
	Asked    int
	Answered int
	Wrong    int
	Lost     int
	Late     int
	Failed   int           // SERVFAIL
	Worst    time.Duration // of the late ones: over their time
	P50, P99 time.Duration
	Stall    time.Duration // the longest that who asks did not get the processor
	Examples []string
}

// tally counts. The zero value has counted nothing; any goroutine may use it.
type tally struct {
	asked atomic.Int64

	mu       sync.Mutex
	count    Count
	times    []time.Duration
	examples map[string][]string // by kind
}

func (t *tally) took(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = append(t.times, d)
}

func (t *tally) stalled(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count.Stall = max(t.count.Stall, d)
}

func (t *tally) lose(p *pending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count.Lost++
	t.example("lost", p, "")
}

func (t *tally) fail(p *pending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count.Failed++
	t.example("SERVFAIL", p, "")
}

func (t *tally) judge(p *pending, answer string, v record.Verdict, age time.Duration, why string) {
	if v == record.Right {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v == record.Late {
		t.count.Late++
		t.count.Worst = max(t.count.Worst, age)
		t.example("late", p, fmt.Sprintf("%s: %s", answer, why))
		return
	}
	t.count.Wrong++
	t.example("wrong", p, fmt.Sprintf("%s: %s", answer, why))
}

// example keeps one. The caller holds mu.
func (t *tally) example(kind string, p *pending, text string) {
	line := fmt.Sprintf("%s %s: %s %s: %s", p.sent.Format("15:04:05.000"), kind, p.entry.Name, dns.TypeToString[p.entry.Type], text)
	if t.examples == nil {
		t.examples = map[string][]string{}
	}
	kept := t.examples[kind]
	if len(kept) == 2*examples {
		kept = slices.Delete(kept, examples, examples+1)
	}
	t.examples[kind] = append(kept, line)
}

func (t *tally) peek(but int) Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.count
	c.Asked = int(t.asked.Load())
	c.Answered = len(t.times)
	if times := slices.Sorted(slices.Values(t.times[but:])); len(times) > 0 {
		c.P50, c.P99 = times[len(times)/2], times[len(times)*99/100]
	}
	for _, kind := range []string{"wrong", "lost", "SERVFAIL", "late"} {
		c.Examples = append(c.Examples, t.examples[kind]...)
	}
	return c
}

func (t *tally) take() Count {
	c := t.peek(0)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked.Store(0)
	t.count, t.times, t.examples = Count{}, t.times[:0], nil
	return c
}
