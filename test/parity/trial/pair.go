package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// Pair is two servers that run, and the cluster that both tell of. Nothing is written to it.
type Pair struct {
	Theirs, Ours string // addresses, with ports
	Client       kubernetes.Interface
	Config       server.Config          // of both
	Cached       func(name string) bool // names whose answers may come out of a cache
	Seed         uint64                 // of the questions
	Questions    int
	Rate         int // questions a second
}

// batch is how many questions are asked at a time.
const batch = 50

// Run asks both servers about the cluster. What is not explained is asked again for a while, of the cluster as it is
// then.
func (p *Pair) Run(ctx context.Context) (*Report, error) {
	t := &trial{seed: p.Seed, config: p.Config, pair: p, report: &Report{Clusters: 1}, theirs: server.At(p.Theirs), ours: server.At(p.Ours)}
	defer func() {
		t.stop()
		if t.api != nil {
			t.api.Close()
		}
	}()
	t.world = world.New(p.Seed, nil)
	t.heard[0] = memory{server: known{t.theirs, p}, silent: t.silent}
	if err := p.learn(ctx, t); err != nil {
		return nil, err
	}
	qs := p.ask(t)
	began := time.Now()
	var wrong []*Fault
	for asked := 0; asked < len(qs) && len(wrong) < keep; {
		some := qs[asked:min(asked+batch, len(qs))]
		asked += len(some)
		more, err := t.together(some)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, more...)
		select {
		case <-time.After(time.Until(began.Add(time.Duration(asked) * time.Second / time.Duration(p.Rate)))):
		case <-ctx.Done():
			return t.report, ctx.Err()
		}
	}
	return t.report, p.insist(ctx, t, wrong)
}

// learn takes the cluster as it is now. Where it has what ours ignores, an in-tree server of our own tells of it without
// that.
func (p *Pair) learn(ctx context.Context, t *trial) error {
	if err := p.list(ctx, t); err != nil {
		return err
	}
	if t.clean != nil {
		t.clean.Stop()
		t.api.Close()
		t.clean, t.api = nil, nil
	}
	if !t.isPure() {
		t.api = t.newAPI()
		for r, all := range t.world.Objects {
			for _, o := range all {
				t.api.Put(r, o)
			}
		}
		var err error
		if t.clean, err = server.Start(t.corefile("kubernetes", clean)); err != nil {
			return err
		}
		t.heard[1] = memory{server: t.clean, silent: t.silent}
	}
	t.look()
	return nil
}

// insist asks what was wrong again, with longer and longer pauses: the cluster changes, and the servers learn of it one
// after the other.
func (p *Pair) insist(ctx context.Context, t *trial, wrong []*Fault) error {
	for pause := time.Second / 2; len(wrong) > 0; pause *= 2 {
		if pause > p.longest() {
			for _, f := range wrong {
				t.fault(f)
			}
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.learn(ctx, t); err != nil {
			return err
		}
		var qs []dialog.Question
		for _, f := range wrong {
			qs = append(qs, f.Question)
		}
		var err error
		t.report.Questions -= len(qs) // they count once
		if wrong, err = t.together(qs); err != nil {
			return err
		}
	}
	return nil
}

// longest is the last pause before a difference is a fault. What a cache of 30 s remembers is waited for.
func (p *Pair) longest() time.Duration {
	for _, z := range p.Config.Zones {
		if p.Cached(z) {
			return 16 * time.Second
		}
	}
	return 2 * time.Second
}

// ask is the questions.
func (p *Pair) ask(t *trial) []dialog.Question {
	zones := plugin.Zones(plugin.OriginsFromArgsOrServerBlock(p.Config.Zones, nil))
	names := absolute(t.world, p.Config, nil)
	add := func(rel string) {
		for _, z := range zones {
			if n := within(rel, z); !strings.HasSuffix(z, ".arpa.") {
				if _, ok := dns.IsDomainName(n); ok {
					names = append(names, n)
				}
			}
		}
	}
	for _, o := range t.world.All("namespaces") {
		n := o.GetName()
		for _, rel := range []string{n + ".svc", n + ".pod", n, "nosuch." + n + ".svc", "10-0-0-1." + n + ".pod"} {
			add(rel)
		}
	}
	for _, o := range t.world.All("pods") {
		for _, ip := range o.(*corev1.Pod).Status.PodIPs {
			add(dialog.Dashed(ip.IP) + "." + o.GetNamespace() + ".pod")
		}
	}
	r := rand.New(rand.NewPCG(p.Seed, 3))
	var qs []dialog.Question
	for len(qs) < p.Questions {
		for _, q := range about(r, t.world, p.Config, names, p.Questions) {
			if z := zones.Matches(strings.ToLower(q.Name)); z != "" && !ofServer(q, z) && len(qs) < p.Questions {
				qs = append(qs, q)
			}
		}
	}
	return qs
}

// ofServer reports whether the answer depends on the addresses that a server has, and not on the cluster.
func ofServer(q dialog.Question, zone string) bool {
	name := strings.ToLower(q.Name)
	if strings.HasSuffix(name, within("ns.dns", zone)) {
		return true
	}
	return name == zone && (q.Type == dns.TypeNS || q.Type == dns.TypeANY)
}

// bare is the reply without what a cache changes, if it may come out of one: TTLs, AA, which it sets, and case, which
// is that of whoever asked first. A nil Pair has none.
func (p *Pair) bare(q dialog.Question, r dialog.Reply) dialog.Reply {
	if p == nil || !p.Cached(q.Name) {
		return r
	}
	r.AA = true
	for _, section := range []*[]dns.RR{&r.Answer, &r.Authority, &r.Extra} {
		*section = slices.Clone(*section)
		for i, rr := range *section {
			rr = dns.Copy(rr)
			rr.Header().Ttl, rr.Header().Name = 0, strings.ToLower(rr.Header().Name)
			if soa, ok := rr.(*dns.SOA); ok {
				soa.Ns, soa.Mbox = strings.ToLower(soa.Ns), strings.ToLower(soa.Mbox)
			}
			(*section)[i] = rr
		}
	}
	return r
}

// handedOn reports whether the reply is, or is to be, that of whoever comes next: what that is is not compared. A nil
// Pair knows who comes next.
func (p *Pair) handedOn(q dialog.Question, r dialog.Reply) bool {
	if p == nil || !p.falls(strings.ToLower(q.Name)) {
		return false
	}
	for _, rr := range slices.Concat(r.Answer, r.Authority) {
		switch rr := rr.(type) {
		case *dns.SOA:
			if strings.HasPrefix(rr.Ns, "ns.dns.") {
				return false
			}
		case *dns.PTR:
			if p.inZones(rr.Ptr) {
				return false
			}
		case *dns.NS:
			if p.inZones(rr.Ns) {
				return false
			}
		case *dns.TXT:
			if strings.HasPrefix(strings.ToLower(rr.Hdr.Name), "dns-version.") {
				return false
			}
		case *dns.A, *dns.AAAA, *dns.SRV, *dns.CNAME:
			return false // nobody else has addresses for these names
		}
	}
	return true
}

// known is a server of which the rules know who comes next: what that said is made what they expect.
type known struct {
	*server.Server
	pair *Pair
}

// Ask is like the server's.
func (k known) Ask(q dialog.Question) (dialog.Reply, error) {
	r, err := k.Server.Ask(q)
	return k.fallen(q, r), err
}

// AskAll is like the server's.
func (k known) AskAll(qs []dialog.Question) ([]dialog.Reply, error) {
	replies, err := k.Server.AskAll(qs)
	for i := range replies {
		replies[i] = k.fallen(qs[i], replies[i])
	}
	return replies, err
}

// fallen is the reply, as of the servers of trials if the next plugin made it.
func (k known) fallen(q dialog.Question, r dialog.Reply) dialog.Reply {
	if r.Silent || r.TC || !k.pair.handedOn(q, r) {
		return r
	}
	next, _ := dns.NewRR(server.Fell + " 77 IN SOA ns.fell.through. host.fell.through. 0 2 3 4 5")
	r.Rcode, r.AA, r.RA, r.Answer, r.Authority, r.Extra = dns.RcodeNameError, true, false, nil, []dns.RR{next}, nil
	return r
}

func (p *Pair) inZones(name string) bool {
	return plugin.Zones(plugin.OriginsFromArgsOrServerBlock(p.Config.Zones, nil)).Matches(strings.ToLower(name)) != ""
}

func (p *Pair) falls(name string) bool {
	return p.Config.Falls && (len(p.Config.Fallthrough) == 0 ||
		plugin.Zones(plugin.OriginsFromArgsOrServerBlock(p.Config.Fallthrough, nil)).Matches(name) != "")
}

// Address is an address with a port: 53 if it has none.
func Address(s string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, 53).String(), nil
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return "", fmt.Errorf("server %q: want an address, or an address and a port", s)
	}
	return a.String(), nil
}
