package kubenames

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/fall"
	"github.com/coredns/coredns/plugin/pkg/upstream"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/zone"
)

// Kubenames answers for the zones of one server block. Any goroutine may call it.
type Kubenames struct {
	Next plugin.Handler

	zone      *zone.Zone // another one from the start on, with the same origins
	seat      *seat      // that of the zone; nil before the start
	external  bool       // the source tells of external IPs
	spec      zone.Spec  // of zone
	fall      fall.F     // not to be changed after the first question
	early     bool       // fall through before the cluster is known, too
	express   ride
	upstream  *upstream.Upstream
	transfers transfers
	search    []string      // search list of this machine
	instance  caddy.Context // that it is of
	port      string        // of its server
	listens   atomic.Bool   // it has its seat, and its server the sockets
	stop      func()        // gives back the seat, once; by start

	once    sync.Once // for between
	between borders
}

// scratch is what a question needs that is worth being used again: it holds a name in two spellings, and an answer in bytes.
type scratch struct {
	answer.Query
	out []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Name implements plugin.Handler.
func (k *Kubenames) Name() string { return name }

// ServeDNS implements plugin.Handler.
func (k *Kubenames) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	q := &s.Query
	state := request.Request{W: w, Req: r}
	if err := q.SetMsg(r, state.Proto() != "udp"); err != nil {
		return dns.RcodeFormatError, nil
	}
	var reply answer.Reply
	outcome, chase := k.zone.Find(q, &reply)
	switch {
	case outcome == zone.Elsewhere:
		return plugin.NextOrFailure(name, k.Next, ctx, w, r)
	case k.mayFall(outcome) && in(q, k.borders().fall):
		count(zone.Elsewhere, reply.Reason)
		return plugin.NextOrFailure(name, k.Next, ctx, w, r)
	}
	count(outcome, reply.Reason)
	switch {
	case outcome == zone.Refused:
		return reply.Rcode, nil // the server says so itself
	case outcome == zone.Unready && !in(q, k.borders().ours):
		return dns.RcodeServerFailure, nil // not through a cache, which would keep it
	}
	if chase.Target == "" && isPlain(r, q) {
		if way, ok := straightTo(w); ok {
			way.write(&reply, s)
			return dns.RcodeSuccess, nil
		}
	}
	m := reply.Msg(q, r)
	if chase.Target != "" && (!chase.Inside || k.fall.Through(chase.Target)) {
		k.chase(ctx, state, m, chase.Target)
	}
	if err := w.WriteMsg(m); err != nil {
		if _, unpackable := m.Pack(); unpackable != nil {
			unpackables.Inc()
			return dns.RcodeServerFailure, unpackable
		}
	}
	return dns.RcodeSuccess, nil
}

// mayFall reports whether a question with the outcome is for the next plugin, where fallthrough covers its name.
func (k *Kubenames) mayFall(o zone.Outcome) bool {
	return o == zone.Absent || o == zone.EmptyReverse || o == zone.Unready && k.early
}

// maxChase is how often one question may be sent around through the server.
const maxChase = 8

// chase adds what the server itself says of an alias's target to the message: its records, its rcode, and, where it
// denies, its authority (RFC 6604). A target that nobody tells of is a server failure, and so is a chase without end.
func (k *Kubenames) chase(ctx context.Context, state request.Request, m *dns.Msg, target string) {
	m.Ns, m.Rcode = nil, dns.RcodeServerFailure
	depth, _ := ctx.Value(dnsserver.LoopKey{}).(int)
	if depth >= maxChase {
		return
	}
	ctx = context.WithValue(ctx, dnsserver.LoopKey{}, depth+1)
	found, err := k.upstream.Lookup(ctx, state, target, state.QType())
	if err != nil || found == nil {
		return
	}
	if found.Rcode != dns.RcodeSuccess && found.Rcode != dns.RcodeNameError {
		return // refused there, it is still our question
	}
	m.Rcode = found.Rcode
	m.Answer = append(m.Answer, found.Answer...)
	m.Truncated = m.Truncated || found.Truncated
	if len(found.Answer) == 0 || found.Rcode != dns.RcodeSuccess {
		m.Ns = found.Ns
	}
}
