package record

import (
	"fmt"
	"time"
)

// Verdict is what an answer is worth.
type Verdict int

// Late answers were right once, and their time is over; what is none of these is Wrong.
const (
	Right Verdict = iota
	Late
	Wrong
)

// Reply is an answer and the time in which it was given.
type Reply struct {
	Answer         string
	Sent, Received time.Time
}

// Seen is how far one server has come with one question. The zero value has seen nothing.
type Seen struct {
	version int
	at      time.Time // since when nothing older may be said
}

// Judge tells what a reply is worth; age is by how long a late one is over its time, why is for people to read. Due tells
// when what a write changes has to be known, if the API knew it then.
func (e *Entry) Judge(r Reply, seen *Seen, due func(acked time.Time) time.Time) (v Verdict, age time.Duration, why string) {
	e.record.mu.RLock()
	defer e.record.mu.RUnlock()
	newest, oldest := -1, -1
	for i, v := range e.versions {
		if v.answer != r.Answer || v.write.sent.After(r.Received) {
			continue
		}
		newest = i
		if oldest < 0 && i >= seen.version {
			oldest = i
		}
	}
	switch {
	case newest < 0:
		return Wrong, 0, "never was so; now it is " + e.last()
	case newest < seen.version && r.Sent.After(seen.at):
		return Wrong, 0, fmt.Sprintf("back in time: it was %s before; now it is %s", e.versions[seen.version].answer, e.last())
	case oldest > seen.version || seen.at.IsZero() && oldest >= 0:
		seen.version, seen.at = oldest, r.Received
	}
	if newest == len(e.versions)-1 {
		return Right, 0, ""
	}
	acked := e.versions[newest+1].write.acked
	if acked.IsZero() {
		return Right, 0, ""
	}
	if age = r.Sent.Sub(due(acked)); age <= 0 {
		return Right, 0, ""
	}
	return Late, age, fmt.Sprintf("%v over its time; now it is %s", age.Round(time.Millisecond), e.last())
}

// Now is what there is to say if nothing is under way.
func (e *Entry) Now() string {
	e.record.mu.RLock()
	defer e.record.mu.RUnlock()
	return e.last()
}
