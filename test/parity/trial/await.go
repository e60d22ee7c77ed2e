package trial

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/rule"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// patience is how long a server may take to see what happened; a watch that broke is opened again after seconds.
const patience = 30 * time.Second

// await waits until all servers have seen the beat.
func (t *trial) await(b world.Beat) error {
	for i, s := range []*server.Server{t.theirs, t.clean, t.ours} {
		deadline := time.Now().Add(patience)
		for {
			missing, err := t.missing(s, b)
			if err != nil {
				return err
			}
			if missing == "" {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s has not seen a change of %s", []string{"in-tree", "the second in-tree", "ours"}[i], missing)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// mark is what a server says once it has seen a beat.
type mark struct {
	what, name string
	addr       netip.Addr
	gone       bool
}

// missing is what the server has not seen; "" if nothing.
func (t *trial) missing(s *server.Server, b world.Beat) (string, error) {
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
	for _, m := range marks {
		r, err := s.Ask(dialog.Question{Name: m.name, Type: dns.TypeA, Class: dns.ClassINET})
		if err != nil {
			return "", err
		}
		ok := len(r.Answer) == 1 && r.Answer[0].(*dns.A).A.String() == m.addr.String()
		if !m.addr.IsValid() {
			ok = r.Rcode == dns.RcodeNameError == m.gone
		}
		if !ok {
			return m.what, nil
		}
	}
	return "", nil
}
