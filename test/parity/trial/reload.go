package trial

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// reload gives all servers another option, at some step of some seeds. Ours must not deny a name meanwhile.
func (t *trial) reload(b world.Beat) error {
	r := rand.New(rand.NewPCG(t.seed, 5))
	if at := 1 + r.IntN(30); at != t.step {
		return nil
	}
	if !t.config.Kubeadm { // its cache would change others
		t.config.TTL = []int{-1, 0, 60, 3599}[r.IntN(4)]
	}
	time.Sleep(calm) // what is held may go now
	t.report.Reloaded++
	self := dialog.Question{Name: world.Self + "." + world.Home + ".svc" + rule.NewCase(t.world, t.config).Local(), Type: dns.TypeCNAME, Class: dns.ClassINET}
	qs := append([]dialog.Question{self}, t.known()...)
	for i := range qs {
		qs[i].TCP = false
	}
	before, err := t.ours.AskAll(qs)
	if err != nil {
		return err
	}
	var asking sync.WaitGroup
	stop := make(chan struct{})
	var denials []*Fault
	asking.Go(func() { denials = denied(dialog.Client{UDP: t.ours.UDP}, qs, before, stop) })
	err = t.ours.Restart(t.corefile("kubenames", late))
	close(stop)
	asking.Wait()
	for _, f := range denials {
		t.fault(f)
	}
	if err != nil {
		return err
	}
	for _, s := range []struct {
		*server.Server
		view string
	}{{t.theirs, ""}, {t.clean, clean}} {
		if err := s.Restart(t.corefile("kubernetes", s.view)); err != nil {
			return err
		}
	}
	late := t.late // it is not of the change
	t.written = time.Now()
	defer func() { t.late = late }()
	return t.await(b)
}

// denied asks until it is stopped, and returns the first answer to each question that says less of a name than before.
// No answer is nothing to hold against the plugin: sockets change hands.
func denied(c dialog.Client, qs []dialog.Question, before []dialog.Reply, stop <-chan struct{}) (faults []*Fault) {
	defer c.Close()
	asking := make([]dialog.Question, len(qs))
	copy(asking, qs)
	for i := range asking {
		asking[i].ExpectSilence = true
	}
	seen := map[int]bool{}
	for {
		select {
		case <-stop:
			return faults
		default:
		}
		replies, err := c.AskAll(asking)
		if err != nil {
			continue
		}
		if !replies[0].Equal(before[0]) && !replies[0].Silent && len(replies[0].Answer) != 1 {
			continue
		}
		for i, r := range replies {
			if r.Silent || seen[i] || r.Rcode == before[i].Rcode && (r.TC || len(r.Answer) == len(before[i].Answer)) {
				continue
			}
			seen[i] = true
			faults = append(faults, &Fault{Question: qs[i], Theirs: before[i], Want: before[i], Ours: r,
				Reason: "what there was before, with another TTL: " + dns.RcodeToString[before[i].Rcode]})
		}
	}
}
