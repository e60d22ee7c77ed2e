package trial

import (
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
)

const (
	// settle is how long an answer may take to become what it must be once all events were seen: ours holds what may be on
	// the move for a moment.
	settle = 400 * time.Millisecond

	// few is how many questions come first after a change: an answer that is late is seen soon.
	few = 64

	// rounds is how often in-tree is asked for all that is lacking together.
	rounds = 8
)

// ask asks all of them, of both.
func (t *trial) ask(qs []dialog.Question) error {
	for n := few; len(qs) > 0; n = len(qs) {
		some := qs[:min(n, len(qs))]
		qs = qs[len(some):]
		wrong, err := t.together(some)
		if err != nil {
			return err
		}
		for _, f := range wrong {
			if err := t.insist(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// together asks many at once, and returns those whose answer is not explained yet.
func (t *trial) together(qs []dialog.Question) (wrong []*Fault, err error) {
	t.report.Questions += len(qs)
	for _, q := range qs {
		t.heard[0].want(q)
		existence := q.Plain().With(strings.ToLower(q.Name), dns.TypeA)
		if t.pure {
			t.heard[0].want(existence)
			continue
		}
		t.heard[1].want(q)
		t.heard[1].want(existence)
	}
	var ours []dialog.Reply
	var oursErr error
	var filling sync.WaitGroup
	filling.Go(func() { ours, oursErr = t.ours.AskAll(qs) })
	err = t.fill()
	filling.Wait()
	if oursErr != nil || err != nil {
		return nil, first(oursErr, err)
	}
	t.heard[0].waiting, t.heard[1].waiting = true, true
	defer func() { t.heard[0].waiting, t.heard[1].waiting = false, false }()
	open := make([]int, len(qs))
	for i := range qs {
		open[i] = i
	}
	for round := 0; len(open) > 0; round++ {
		if round == rounds {
			t.heard[0].waiting, t.heard[1].waiting = false, false
		}
		var left []int
		for _, i := range open {
			var fault *Fault
			lacked, err := resume(func() { fault = t.judge(qs[i], ours[i]) })
			switch {
			case err != nil:
				return nil, err
			case lacked:
				left = append(left, i)
			case fault != nil:
				wrong = append(wrong, fault)
			}
		}
		open = left
		if err := t.fill(); err != nil {
			return nil, err
		}
	}
	return wrong, nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fill asks both in-tree servers what is lacking.
func (t *trial) fill() error {
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { errs[0] = t.heard[0].fill() })
	errs[1] = t.heard[1].fill()
	both.Wait()
	return first(errs[:]...)
}

// insist asks the question of a fault again, of both, until the answer is explained, or stays a fault.
func (t *trial) insist(before *Fault) error {
	deadline := time.Now().Add(settle)
	for {
		ours, fault, err := t.compare(before.Question)
		if err != nil {
			return err
		}
		if fault == nil {
			if !ours.Equal(before.Ours) && !before.Ours.Silent {
				t.late = max(t.late, time.Since(t.written))
			}
			return nil
		}
		if time.Now().After(deadline) {
			t.fault(fault)
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// compare asks both one question now, and returns our answer, and what of it is not explained; nil: all is.
func (t *trial) compare(q dialog.Question) (ours dialog.Reply, fault *Fault, err error) {
	for i := range t.heard {
		defer func(said map[dialog.Question]dialog.Reply) { t.heard[i].said = said }(t.heard[i].said)
		t.heard[i].said = map[dialog.Question]dialog.Reply{}
	}
	if ours, err = t.ours.Ask(q); err != nil {
		return ours, nil, err
	}
	_, err = resume(func() { fault = t.judge(q, ours) })
	return ours, fault, err
}

// judge is what of our answer is not explained; nil: all is. It may lack answers of in-tree, see memory.
func (t *trial) judge(q dialog.Question, ours dialog.Reply) *Fault {
	theirs := t.cluster.Theirs(q)
	want, rules := t.cluster.Expect(q)
	if ours.TC || want.TC || theirs.TC {
		over := q
		over.TCP = true
		want, rules = t.cluster.Expect(over)
		ours, theirs, want := t.pair.bare(q, ours), t.pair.bare(q, theirs), t.pair.bare(q, want)
		if reason := rule.Fits(ours, want, theirs, rules); reason != "" && !ours.Equal(want) {
			return &Fault{Question: q, Theirs: theirs, Ours: ours, Want: want, Rules: rules, Reason: reason}
		}
		t.report.explained(append(rules, "cut"))
		return nil
	}
	if !t.pair.bare(q, ours).Equal(t.pair.bare(q, want)) {
		if t.pair.handedOn(q, ours) && t.pair.handedOn(q, want) {
			t.report.explained([]string{"fell through"})
			return nil
		}
		return &Fault{Question: q, Theirs: theirs, Ours: ours, Want: want, Rules: rules}
	}
	t.report.explained(rules)
	return nil
}

// fault keeps a fault with the cluster that has it.
func (t *trial) fault(f *Fault) {
	f.Seed, f.Step, f.Corefile = t.seed, t.step, t.config.Block("PLUGIN", "")
	if len(t.report.Faults) < kept {
		f.config, f.before, f.after = t.config, t.before, snap(t.world)
		f.Cluster = f.after.yaml(resources...)
	}
	t.report.fault(f)
}

// kept is how many faults of a seed are kept with their clusters.
const kept = 3
