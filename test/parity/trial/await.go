package trial

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// patience is how long a server may take to see what happened; a watch that broke is opened again after seconds.
const patience = 30 * time.Second

// await waits until all servers have seen the beat, and notes how long ours took.
func (t *trial) await(b world.Beat) error {
	marks := t.marks(b)
	var errs [3]error
	var all sync.WaitGroup
	for i, s := range []*server.Server{t.theirs, t.clean, t.ours} {
		all.Go(func() {
			pause := 2 * time.Millisecond
			if s == t.ours {
				pause = 100 * time.Microsecond
			}
			if err := see(s, marks, pause); err != nil {
				errs[i] = fmt.Errorf("%s: %w", []string{"in-tree", "the second in-tree", "ours"}[i], err)
			}
			if s == t.ours {
				t.late = time.Since(t.written)
			}
		})
	}
	all.Wait()
	return first(errs[:]...)
}

// see waits until the server shows the marks.
func see(s *server.Server, marks []mark, pause time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		missing, err := missing(s, marks)
		switch {
		case err != nil:
			return err
		case missing == "":
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("has not seen a change of %s", missing)
		}
		time.Sleep(pause)
		if pause < 2*time.Millisecond && time.Until(deadline) < patience-time.Second {
			pause = 2 * time.Millisecond
		}
	}
}

// mark is a name whose answer tells that a change was seen.
type mark struct {
	what, name string
	addr       netip.Addr // invalid: the name exists or not
	gone       bool
}

// marks is what shows a beat.
func (t *trial) marks(b world.Beat) []mark {
	c := rule.NewCase(t.world, t.config)
	in := world.Home + ".svc" + c.Local()
	marks := []mark{{"namespaces", world.Flag + ".svc" + c.Local(), netip.Addr{}, !b.Flag}, {"services", "beat." + in, b.Service, false}}
	if !t.config.NoEndpoints {
		marks = append(marks, mark{"endpointslices", "pulse." + in, b.Endpoint, false})
	}
	if t.config.Pods == "verified" {
		marks = append(marks, mark{"pods", b.PodLabel() + "." + world.Home + ".pod" + c.Local(), b.Pod, false})
	}
	if z := c.Imports(); z != "" {
		in := world.Home + ".svc" + z
		marks = append(marks, mark{"serviceimports", "beat." + in, b.Import, false}, mark{"imported endpointslices", "pulse." + in, b.Imported, false})
	}
	return marks
}

// missing is what the server has not seen; "" if nothing.
func missing(s *server.Server, marks []mark) (string, error) {
	var qs []dialog.Question
	for _, m := range marks {
		qs = append(qs, dialog.Question{Name: m.name, Type: dns.TypeA, Class: dns.ClassINET})
	}
	replies, err := s.AskAll(qs)
	if err != nil {
		return "", err
	}
	for i, m := range marks {
		r := replies[i]
		ok := r.Rcode == dns.RcodeNameError == m.gone
		if m.addr.IsValid() {
			ok = false
			if len(r.Answer) == 1 {
				a, is := r.Answer[0].(*dns.A)
				ok = is && a.A.String() == m.addr.String()
			}
		}
		if !ok {
			return m.what, nil
		}
	}
	return "", nil
}
