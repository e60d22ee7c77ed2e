// Package load asks: the questions of each kind, whether they are answered right, and many of them at once.
package load

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/bench/cluster"
)

// Question is one, and what its right answer is. Immutable.
type Question struct {
	Name    string
	Type    uint16
	Rcode   int
	Answers int        // records of the answer, if it is not truncated
	Address netip.Addr // one of the addresses in it; invalid if it has none, or may be truncated
	Pointer string     // the target of the PTR record; "" for other types
}

// Kind is questions that are asked together. Immutable.
type Kind struct {
	Name string
	TCP  bool
	EDNS bool // as large as UDP carries (4,096 bytes); without, it is 512
	// Fresh kinds are asked for names that nobody asked for before.
	Fresh bool
	ask   func(*asker) Question
}

// asker draws questions about a cluster.
type asker struct {
	*rand.Rand
	c     *cluster.Cluster
	names []cluster.Service // with a cluster IP
	heads []cluster.Service // headless ones of ten endpoints
	run   uint64
}

// popular is how many services of each sort are asked for. They are spread over the whole cluster. A cache can hold all
// their answers.
const popular = 1000

func newAsker(c *cluster.Cluster, seed uint64) *asker {
	a := &asker{Rand: rand.New(rand.NewPCG(seed, 1)), c: c, run: seed}
	step := max(1, c.Services/(popular*5))
	for i := 0; i < c.Services; i += 5 * step {
		a.names = append(a.names, c.Numbered(i))
		if i+4 < c.Services {
			a.heads = append(a.heads, c.Numbered(i+4))
		}
	}
	return a
}

func (a *asker) service() cluster.Service  { return a.names[a.IntN(len(a.names))] }
func (a *asker) headless() cluster.Service { return a.heads[a.IntN(len(a.heads))] }

// set asks for the addresses of a headless service.
func (a *asker) set(s cluster.Service) Question {
	return Question{Name: s.FQDN(), Type: dns.TypeA, Answers: s.Count}
}

// host asks for one endpoint. It is one that does not change, see cluster.Change.
func (a *asker) host(s cluster.Service) Question {
	j := a.IntN((s.Count+cluster.PerSlice-1)/cluster.PerSlice) * cluster.PerSlice
	return Question{Name: s.Hostname(j) + "." + s.FQDN(), Type: dns.TypeA, Answers: 1, Address: a.c.Address(s.First + j)}
}

func (a *asker) address() Question {
	s := a.service()
	return Question{Name: s.FQDN(), Type: dns.TypeA, Answers: 1, Address: s.Address}
}

// noAddress asks a single-stack service for its other family, as every client does.
func (a *asker) noAddress() Question { return Question{Name: a.service().FQDN(), Type: dns.TypeAAAA} }

func (a *asker) srv() Question {
	s := a.headless()
	return Question{Name: "_http._tcp." + s.FQDN(), Type: dns.TypeSRV, Answers: s.Count}
}

func (a *asker) pointer() Question {
	address, target := netip.Addr{}, ""
	if a.IntN(2) == 0 {
		s := a.service()
		address, target = s.Address, s.FQDN()
	} else {
		s := a.headless()
		address, target = a.c.Address(s.First), s.Hostname(0)+"."+s.FQDN()
	}
	name, _ := dns.ReverseAddr(address.String())
	return Question{Name: name, Type: dns.TypePTR, Answers: 1, Pointer: target}
}

// outside is what pods look up most; search paths make names of the cluster of it.
var outside = []string{"api.example.com", "www.example.org", "storage.googleapis.com", "sts.eu-west-1.amazonaws.com", "database.shop"}

func (a *asker) search() Question {
	q := Question{Name: outside[a.IntN(len(outside))], Type: dns.TypeA, Rcode: dns.RcodeNameError}
	if a.IntN(2) == 0 {
		q.Type = dns.TypeAAAA
	}
	q.Name += []string{"." + a.service().Namespace + ".svc.", ".svc.", "."}[a.IntN(3)] + "cluster.local."
	return q
}

func (a *asker) random() Question {
	var label strings.Builder
	for range 12 {
		label.WriteByte(byte('a' + a.IntN(26)))
	}
	fmt.Fprintf(&label, "%x", a.run)
	return Question{Name: label.String() + "." + a.service().Namespace + ".svc.cluster.local.", Type: dns.TypeA, Rcode: dns.RcodeNameError}
}

// mix is what a cluster asks: 38 % A and AAAA of services, 5 % SRV, 7 % headless, 8 % hostnames of pods, and the rest
// is names outside with a search path.
func (a *asker) mix() Question {
	switch n := a.IntN(100); {
	case n < 19:
		return a.address()
	case n < 38:
		return a.noAddress()
	case n < 43:
		return a.srv()
	case n < 50:
		return a.set(a.headless())
	case n < 58:
		return a.host(a.headless())
	}
	return a.search()
}
