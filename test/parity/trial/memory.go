package trial

import (
	"github.com/kubenames/kubenames/test/parity/dialog"
)

// memory is what an in-tree server said since the last change. It belongs to one goroutine.
type memory struct {
	server  asked
	silent  func(dialog.Question) bool // it may well not answer
	said    map[dialog.Question]dialog.Reply
	lacking map[dialog.Question]bool // what fill has to ask
	waiting bool                     // nothing is asked before fill
}

// asked is a server that can be asked.
type asked interface {
	Ask(dialog.Question) (dialog.Reply, error)
	AskAll([]dialog.Question) ([]dialog.Reply, error)
}

// What ends an expectation early: it panics with one of these, see resume.
type (
	lack    struct{}
	failure struct{ error }
)

func (m *memory) forget() {
	m.said, m.lacking = map[dialog.Question]dialog.Reply{}, map[dialog.Question]bool{}
}

// want has fill ask the question.
func (m *memory) want(q dialog.Question) {
	if _, ok := m.said[q]; !ok {
		m.lacking[q] = true
	}
}

// fill asks all that is lacking.
func (m *memory) fill() error {
	if len(m.lacking) == 0 {
		return nil
	}
	var qs []dialog.Question
	for q := range m.lacking {
		q.ExpectSilence = m.silent(q)
		qs = append(qs, q)
	}
	clear(m.lacking)
	replies, err := m.server.AskAll(qs)
	if err != nil {
		return err
	}
	for i, q := range qs {
		q.ExpectSilence = false
		m.said[q] = replies[i]
	}
	return nil
}

// ask is what the server says.
func (m *memory) ask(q dialog.Question) dialog.Reply {
	q.ExpectSilence = false
	if r, ok := m.said[q]; ok {
		return r
	}
	if m.waiting {
		m.want(q)
		panic(lack{})
	}
	asking := q
	asking.ExpectSilence = m.silent(q)
	r, err := m.server.Ask(asking)
	if err != nil {
		panic(failure{err})
	}
	m.said[q] = r
	return r
}

// resume calls f, and tells if it lacked something, or why it failed.
func resume(f func()) (lacked bool, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case lack:
			lacked = true
		case failure:
			err = p.error
		default:
			panic(p)
		}
	}()
	f()
	return false, nil
}
