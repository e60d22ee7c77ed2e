// Package record remembers what was written through the API and when, and tells what DNS may therefore say.
//
//	hand ── Send, Ack ──▶ Record ◀── Pick, Judge ── ask
//
// No address is used twice in a run, so an answer tells which write it shows.
package record

import (
	"math/rand/v2"
	"sync"
	"time"
)

// What there is to say of a name without data, as dig.Show has it.
const (
	Absent = "NXDOMAIN"
	Empty  = "NODATA"
)

// gone is how many names are remembered that are no more. They are asked for too: nothing may bring them back.
const gone = 4000

// Question is what is asked; the name is absolute.
type Question struct {
	Name string
	Type uint16
}

// Record is what DNS may say. Any goroutine may use it.
type Record struct {
	mu      sync.RWMutex
	entries map[Question]*Entry
	live    []*Entry
	dead    []*Entry // the last that went, in a ring
	next    int      // of the ring
}

// Entry is one question through all that was written about it. The record's lock guards it.
type Entry struct {
	Question
	record   *Record
	versions []version
	place    int // in live, or -1
}

// version is an answer from a write on.
type version struct {
	answer string
	write  *Write
}

// Write is one request that changes something. The record's lock guards it.
type Write struct {
	sent  time.Time
	acked time.Time // zero: nobody knows yet whether it was done
}

// beginning is the write before all others: nothing was there.
var beginning = &Write{sent: time.Unix(0, 0), acked: time.Unix(0, 0)}

// New returns an empty record.
func New() *Record { return &Record{entries: map[Question]*Entry{}} }

// Send notes that a request is about to be sent that makes these the answers.
func (r *Record) Send(answers map[Question]string) *Write {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &Write{sent: time.Now()}
	for q, answer := range answers {
		r.entry(q).add(answer, w)
	}
	return w
}

// Ack notes that the API has acknowledged it.
func (r *Record) Ack(w *Write) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.acked = time.Now()
}

// Rewind is a write that makes all as it was at a moment when nothing was under way.
func (r *Record) Rewind(to time.Time) *Write {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &Write{sent: time.Now()}
	for _, e := range r.entries {
		i := len(e.versions) - 1
		for e.versions[i].write.sent.After(to) {
			i--
		}
		if then := e.versions[i].answer; then != e.last() {
			e.add(then, w)
		}
	}
	return w
}

// Pick draws a question: mostly one that has an answer. It is nil as long as there is none.
func (r *Record) Pick() *Entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	from := r.live
	if len(r.dead) > 0 && rand.IntN(8) == 0 {
		from = r.dead
	}
	if len(from) == 0 {
		return nil
	}
	return from[rand.IntN(len(from))]
}

// All is every question that has an answer, and those that had one not long ago.
func (r *Record) All() []*Entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := append([]*Entry{}, r.live...)
	for _, e := range r.dead {
		if e.place < 0 {
			all = append(all, e)
		}
	}
	return all
}

func (r *Record) entry(q Question) *Entry {
	e := r.entries[q]
	if e == nil {
		e = &Entry{Question: q, record: r, versions: []version{{Absent, beginning}}, place: -1}
		r.entries[q] = e
	}
	return e
}

func (e *Entry) last() string { return e.versions[len(e.versions)-1].answer }

// add appends a version. The caller holds the lock.
func (e *Entry) add(answer string, w *Write) {
	was := e.last()
	e.versions = append(e.versions, version{answer, w})
	r := e.record
	switch {
	case was == Absent && answer != Absent:
		e.place = len(r.live)
		r.live = append(r.live, e)
	case was != Absent && answer == Absent:
		other := r.live[len(r.live)-1]
		r.live[e.place], other.place = other, e.place
		r.live = r.live[:len(r.live)-1]
		e.place = -1
		if len(r.dead) < gone {
			r.dead = append(r.dead, e)
			return
		}
		r.dead[r.next%gone] = e
		r.next++
	}
}
