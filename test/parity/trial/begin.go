package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
)

// late is the view through which ours sees the cluster: the whole one, but it can be held back.
const late = "late"

// begins starts ours; in some seeds while the API is not there, or keeps one list back. Until the cluster is known all
// its names are SERVFAIL (D19), and from then on what they are.
func (t *trial) begins() (err error) {
	r := rand.New(rand.NewPCG(t.seed, 4))
	corefile := t.corefile("kubenames", late)
	kinds := []string{"namespaces", "services"}
	if !t.config.NoEndpoints {
		kinds = append(kinds, "endpointslices")
	}
	if t.config.Multi && len(t.config.Multicluster) > 0 {
		kinds = append(kinds, "serviceimports")
	}
	if t.config.Pods == "verified" {
		kinds = append(kinds, "pods")
	}
	switch n := r.IntN(9); {
	case n == 0:
		t.api.Refuse(late)
	case n < 3:
		t.api.Hold(late, kinds[r.IntN(len(kinds))])
	default:
		t.ours, err = server.Start(corefile)
		return err
	}
	defer t.api.Admit(late)
	if t.ours, err = server.Start(strings.Replace(corefile, "        endpoint ", "        startup_timeout 20ms\n        endpoint ", 1)); err != nil {
		return err
	}
	t.report.Begun++
	qs := t.known()
	early := make([][]dialog.Reply, len(qs))
	known := false
	for began, admitted := time.Now(), false; !known; {
		replies, err := t.ours.AskAll(qs)
		if err != nil {
			return err
		}
		known = true
		for i, r := range replies {
			if r.Rcode != dns.RcodeServerFailure {
				early[i] = append(early[i], r)
			} else {
				known = false
				if r.AA || len(r.Authority)+len(r.Answer) > 0 {
					t.early(qs[i], r)
				}
			}
			if !admitted && r.Rcode != dns.RcodeServerFailure {
				t.early(qs[i], r)
			}
		}
		switch {
		case !admitted && time.Since(began) > 30*time.Millisecond:
			t.api.Admit(late)
			admitted = true
		case time.Since(began) > patience:
			return fmt.Errorf("ours: SERVFAIL long after the API was there")
		}
		time.Sleep(time.Millisecond)
	}
	final, err := t.ours.AskAll(qs)
	if err != nil {
		return err
	}
	for i := range qs {
		for _, r := range early[i] {
			if !r.TC && !r.Equal(final[i]) {
				t.early(qs[i], r)
				break
			}
		}
	}
	return nil
}

func (t *trial) early(q dialog.Question, r dialog.Reply) {
	t.fault(&Fault{Question: q, Ours: r, Reason: "SERVFAIL without records until the cluster is known, and then what is true (D19)"})
}

// known is questions that only who knows the cluster can answer, and who knows no more than that.
func (t *trial) known() (qs []dialog.Question) {
	zones := plugin.Zones(plugin.OriginsFromArgsOrServerBlock(t.config.Zones, nil))
	add := func(name string, typ uint16) {
		if _, ok := dns.IsDomainName(name); ok && zones.Matches(name) != "" {
			qs = append(qs, dialog.Question{Name: name, Type: typ, Class: dns.ClassINET, TCP: len(qs)%2 == 0})
		}
	}
	z := zones[slices.IndexFunc(zones, func(z string) bool { return !strings.HasSuffix(z, ".arpa.") })]
	for _, o := range t.world.All("services") {
		if s := o.(*corev1.Service); t.deps(s) != nil && (len(t.config.Namespaces) == 0 || slices.Contains(t.config.Namespaces, s.Namespace)) {
			for _, label := range []string{"", "nosuch-", "_http._tcp.", "10-0-0-1."} {
				add(label+within(s.Name+"."+s.Namespace+".svc", z), []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV}[len(qs)%3])
			}
		}
	}
	for _, a := range t.world.Addresses() {
		add(dialog.Reverse(a), dns.TypePTR)
	}
	return qs
}
