package kubenames

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/express"
	"github.com/kubenames/kubenames/plugin/zone"
)

// engine is what the express lane of a listener answers from. Immutable.
type engine struct {
	server string
	zones  table // of all server blocks
	sites  []*site
}

// site is a zone of a block with a lane. Immutable.
type site struct {
	*lanes
	zone  string
	index int // in the engine's sites
}

// lanes is a block with a lane. Immutable once the engine is made.
type lanes struct {
	k        *Kubenames
	shared   []answer.Suffix // where a cache keeps what we say
	types    []uint16        // that are for the chain
	size     uint16          // of bufsize; 0: none
	writer   string          // who writes the answers, as prometheus sees it; "": there is none
	shuffled bool
	positive bool // what does not exist is for the chain
	plain    bool // DO is for the chain
}

// newEngine is what the lane of a listener can answer from, of its server blocks; and why it cannot for each block of
// ours where it cannot.
func newEngine(server string, group []*dnsserver.Config) (e *engine, reasons []string) {
	e = &engine{server: server}
	byZone := map[string][]*dnsserver.Config{}
	for _, c := range group {
		if c.ProxyProtoConnPolicy != nil {
			return e, []string{"proxyproto: who asks is told in the packets"}
		}
		if opcodes(c) {
			return e, []string{"dynupdate: the listener takes more than queries"}
		}
		byZone[c.Zone] = append(byZone[c.Zone], c)
	}
	blocks := map[*Kubenames]*lanes{}
	for _, z := range slices.Sorted(maps.Keys(byZone)) {
		e.zones.put(z, nil)
		for _, c := range byZone[z] {
			k, ok := c.Handler(name).(*Kubenames)
			if !ok || k.express.sockets == 0 {
				continue
			}
			b, reason := newLanes(c, k, byZone)
			if len(byZone[z]) > 1 || len(c.FilterFuncs) > 0 {
				reason = "view"
			}
			switch {
			case reason != "":
				reasons = append(reasons, z+" is not for the express lane: "+reason)
			case blocks[k] == nil:
				blocks[k] = b
				fallthrough
			default:
				s := &site{blocks[k], z, len(e.sites)}
				e.sites = append(e.sites, s)
				e.zones.put(z, s)
			}
		}
	}
	return e, reasons
}

func newLanes(c *dnsserver.Config, k *Kubenames, zones map[string][]*dnsserver.Config) (b *lanes, reason string) {
	all, err := registered(c)
	if err != nil {
		return nil, err.Error()
	}
	b = &lanes{k: k}
	return b, b.around(all, zones)
}

// sockets is how many the blocks want, and limit how many questions at a time they let go to the server.
func (e *engine) sockets() (sockets, limit int) {
	for _, s := range e.sites {
		sockets, limit = max(sockets, s.k.express.sockets), max(limit, s.k.express.limit)
	}
	return sockets, limit
}

// String is the zones.
func (e *engine) String() string {
	var all []string
	for _, s := range e.sites {
		all = append(all, s.zone)
	}
	return strings.Join(all, " ")
}

// worker answers the questions of one socket from an engine. It belongs to one goroutine.
type worker struct {
	engine *engine
	query  answer.Query
	reply  answer.Reply
	counts []tally // of each site
}

func (e *engine) worker() express.Answerer {
	return &worker{engine: e, counts: newTallies(e)}
}

// Answer implements express.Answerer. What it does not answer it leaves as if it were not asked.
func (w *worker) Answer(dst, packet []byte, ipv6 bool) ([]byte, bool) {
	q, r := &w.query, &w.reply
	if q.Read(packet, false) != nil || q.Class != dns.ClassINET || q.Options || q.Flags&^answer.FlagDO != 0 {
		return dst, false // options and flags that nobody knows have an answer of the server's own
	}
	s := w.engine.zones.of(q)
	if s == nil || !s.takes(q) {
		return dst, false
	}
	if s.size > 0 {
		q.Size = min(q.Size, s.size)
	}
	outcome, chase := s.k.zone.Find(q, r)
	if chase.Target != "" || !s.says(outcome, q, r) {
		return dst, false
	}
	out := r.Append(dst, q)
	m := out[len(dst):]
	if cut := m[2]&2 != 0; cut && !s.cuts(q.Type) {
		return dst, false
	}
	if s.shuffled && r.Rcode == dns.RcodeSuccess {
		answer.Shuffle(m, rand.Uint64())
	}
	w.counts[s.index].count(q, outcome, r, ipv6, len(packet), m)
	return out, true
}

// cuts reports whether answers of the type that do not fit are the lane's too: those of others are for the library to
// compress and to cut.
func (b *lanes) cuts(t uint16) bool { return t == dns.TypeA || t == dns.TypeAAAA || t == dns.TypeSRV }

// takes reports whether the question may be answered beside the chain, whatever the answer. One for DS may be for the zone above
// (RFC 4035 3.1.4.1), and transfers and what is no type of records (RFC 6895 3.1) are somebody else's, but for ANY.
func (b *lanes) takes(q *answer.Query) bool {
	switch {
	case q.Type == dns.TypeDS, q.Type == dns.TypeOPT, q.Type >= 128 && q.Type < 256 && q.Type != dns.TypeANY:
		return false
	case b.plain && q.Flags&answer.FlagDO != 0, slices.Contains(b.types, q.Type):
		return false
	}
	return !in(q, b.shared)
}

// says reports whether the answer may be given beside the chain.
func (b *lanes) says(o zone.Outcome, q *answer.Query, r *answer.Reply) bool {
	switch o {
	case zone.Found:
		return !b.positive || len(r.CNAMEs) == 0
	case zone.Empty:
		return !b.positive
	case zone.Absent, zone.EmptyReverse:
		return !b.positive && !in(q, b.k.borders().fall)
	}
	return false
}

// Sent implements express.Answerer.
func (w *worker) Sent(took time.Duration) {
	for i := range w.counts {
		w.counts[i].sent(took)
	}
}

// Retire implements express.Answerer.
func (w *worker) Retire() { w.report() }
