package trial

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
)

// sight is how many names a witness looks at.
const sight = 60

// calm is how long nothing about a name may have changed before a witness looks at it: ours holds what may be on the
// move.
const calm = 300 * time.Millisecond

// witness asks ours again and again while the cluster changes. What nothing touches must be there at every moment, and
// what a change has replaced must not come back.
type witness struct {
	t       *trial
	client  dialog.Client
	watched []watched
	asked   int
	stop    chan struct{}
	done    sync.WaitGroup
	err     error
}

// watched is a name that a witness looks at.
type watched struct {
	question dialog.Question
	on       []string        // what its answer depends on, see ledger
	deps     func() []string // the same, as of now; nil: other names
	first    dialog.Reply    // before the changes
	then     []dialog.Reply  // what came instead, without repetition; nil: it was always the first
}

// newWitness chooses names, and asks what they are now. The changes come after it.
func newWitness(t *trial) (*witness, error) {
	w := &witness{t: t, stop: make(chan struct{})}
	w.client.UDP, w.client.TCP = t.ours.UDP, t.ours.TCP
	var all []watched
	z := rule.NewCase(t.world, t.config).Local()
	for _, o := range t.world.All("services") {
		s := o.(*corev1.Service)
		on := t.deps(s)
		if on == nil || !t.ledger.quiet(on) {
			continue
		}
		name := s.Name + "." + s.Namespace + ".svc" + z
		for _, q := range []dialog.Question{
			{Name: name, Type: dns.TypeA}, {Name: name, Type: dns.TypeAAAA}, {Name: name, Type: dns.TypeSRV},
		} {
			all = append(all, watched{question: q, on: on, deps: func() []string { return t.deps(s) }})
		}
	}
	for _, a := range t.world.Addresses() {
		on := t.owners(a)
		if t.ledger.quiet(on) {
			q := dialog.Question{Name: dialog.Reverse(a), Type: dns.TypePTR}
			all = append(all, watched{question: q, on: on, deps: func() []string { return t.owners(a) }})
		}
	}
	t.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	w.watched = all[:min(sight, len(all))]
	for i := range w.watched {
		q := &w.watched[i].question
		q.Class, q.TCP = dns.ClassINET, q.Type == dns.TypeSRV || i%4 == 0
	}
	replies, err := w.client.AskAll(w.questions())
	if err != nil {
		return nil, err
	}
	for i := range w.watched {
		w.watched[i].first = replies[i]
	}
	w.done.Go(w.look)
	return w, nil
}

func (w *witness) questions() (qs []dialog.Question) {
	for _, x := range w.watched {
		qs = append(qs, x.question)
	}
	return qs
}

// deps is what the answers of a service's names depend on; nil if that are other names.
func (t *trial) deps(s *corev1.Service) []string {
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	on := []string{s.Name + "." + s.Namespace, s.Namespace, "services/" + s.Namespace + "/" + s.Name}
	for _, o := range t.world.All("endpointslices") {
		sl := o.(*discoveryv1.EndpointSlice)
		if sl.Namespace != s.Namespace || sl.Labels[discoveryv1.LabelServiceName] != s.Name {
			continue
		}
		if sl.AddressType == discoveryv1.AddressTypeFQDN {
			return nil
		}
		on = append(on, "endpointslices/"+sl.Namespace+"/"+sl.Name)
	}
	return on
}

// owners is what decides to whom an address belongs.
func (t *trial) owners(a netip.Addr) []string {
	on := []string{a.String()}
	for _, r := range []string{"services", "serviceimports", "endpointslices"} {
		for _, o := range t.world.All(r) {
			if all := dependents(o); slices.Contains(all, a.String()) {
				if _, ok := o.(*discoveryv1.EndpointSlice); ok {
					on = append(on, all[1]) // of imports
				}
				on = append(on, all[0], o.GetNamespace(), r+"/"+o.GetNamespace()+"/"+o.GetName())
			}
		}
	}
	return on
}

// look asks until it is stopped.
func (w *witness) look() {
	defer w.client.Close()
	qs := w.questions()
	for ; ; w.asked += len(qs) {
		select {
		case <-w.stop:
			return
		default:
		}
		replies, err := w.client.AskAll(qs)
		if err != nil {
			w.err = err
			return
		}
		for i, r := range replies {
			x := &w.watched[i]
			last := x.first
			if len(x.then) > 0 {
				last = x.then[len(x.then)-1]
			}
			if !r.Equal(last) {
				x.then = append(x.then, r)
			}
		}
	}
}

// over ends the looking, and tells what was wrong of it.
func (w *witness) over() error {
	close(w.stop)
	w.done.Wait()
	w.t.report.Watched += w.asked
	for _, x := range w.watched {
		if reason := x.wrong(w.t.ledger); reason != "" {
			w.t.fault(&Fault{Question: x.question, Ours: x.then[0], Theirs: x.first, Want: x.first, Reason: reason})
		}
	}
	return w.err
}

// wrong is what was wrong with the answers to one question.
func (w *watched) wrong(l *ledger) string {
	n := l.count(append(slices.Clip(w.on), w.deps()...)) // those too whom a change has made an owner
	switch {
	case len(w.then) == 0, n > 1, w.first.TC:
		return ""
	case n == 0:
		return "the same answer at every moment while other names change"
	}
	for i, r := range w.then {
		if r.Equal(w.first) {
			return fmt.Sprintf("not the first answer again, as number %d of %d, after one change of %s", i+2, len(w.then)+1, strings.Join(w.on, " "))
		}
	}
	return ""
}
