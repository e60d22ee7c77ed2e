package kubenames

import (
	"context"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/loadbalance"
	"github.com/coredns/coredns/plugin/metrics"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// An answer that nobody on its way looks at is written as finished bytes: no record is made, measured, shuffled and packed.
// Who is on the way show the writers that plugins in front of us, and CoreDNS itself, have put around the client's. Of these
// a few are known; with any other in between the answer is a message, as it is where the library has to compress or cut it.

// straight is the way of finished bytes to the client.
type straight struct {
	dns.ResponseWriter                   // below those that bytes cannot pass
	recorder           *metrics.Recorder // of prometheus; nil: there is none
	shuffled           bool              // by loadbalance
}

// straightTo is the way through the writer, and whether there is one.
func straightTo(w dns.ResponseWriter) (s straight, ok bool) {
	s.ResponseWriter = w
	for {
		switch v := w.(type) {
		case *metrics.Recorder:
			if s.recorder != nil {
				return s, false
			}
			s.recorder, w = v, v.ResponseWriter
		case *loadbalance.LoadBalanceResponseWriter:
			if !shuffles(reflect.ValueOf(v).Elem()) {
				return s, false // weights and preferences need messages
			}
			s.shuffled, w = true, v.ResponseWriter
			s.ResponseWriter = w
		case *request.ScrubWriter:
			w = v.ResponseWriter // to fit the client is our affair
		default:
			t := reflect.TypeOf(w)
			if t != tracking {
				return s, isClient(w, t)
			}
			w, _ = reflect.ValueOf(w).Elem().Field(0).Interface().(dns.ResponseWriter)
		}
	}
}

// tracking is the type of the writer that CoreDNS puts around those of each plugin, to know which one has answered: it passes
// all on. Nil, if it is not as CoreDNS 1.15 has it.
var tracking = func() (t reflect.Type) {
	see := plugin.HandlerFunc(func(_ context.Context, w dns.ResponseWriter, _ *dns.Msg) (int, error) {
		t = reflect.TypeOf(w)
		return dns.RcodeSuccess, nil
	})
	_, _ = plugin.NextOrFailure(name, see, context.Background(), nil, nil)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct || t.Elem().NumField() == 0 ||
		t.Elem().Field(0).Type != reflect.TypeFor[dns.ResponseWriter]() {
		return nil
	}
	return t
}()

// client is the type of the DNS library's own writer, and where it has the one that it writes packed messages to.
type client struct {
	reflect.Type
	writer int
}

var clients atomic.Pointer[client] // nil: none was seen

// isClient reports whether the writer, of that type, is the DNS library's, with nothing that decorates it: what another
// server or plugin does with bytes is not known.
func isClient(w dns.ResponseWriter, t reflect.Type) bool {
	c := clients.Load()
	if c == nil || c.Type != t {
		if c = newClient(t); c == nil {
			return false
		}
		clients.Store(c)
	}
	return reflect.ValueOf(w).Elem().Field(c.writer).Elem().Type() == t
}

// newClient is nil if the type is another.
func newClient(t reflect.Type) *client {
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Name() != "response" || t.Elem().PkgPath() != reflect.TypeFor[dns.Msg]().PkgPath() {
		return nil
	}
	f, ok := t.Elem().FieldByName("writer")
	if !ok || f.Type.Kind() != reflect.Interface {
		return nil
	}
	return &client{t, f.Index[0]}
}

// isPlain reports whether bytes can say all that there is to say to the request: of options, of flags that nobody knows and of
// what is no query the library knows more.
func isPlain(r *dns.Msg, q *answer.Query) bool {
	return q.Opcode == dns.OpcodeQuery && q.Class == dns.ClassINET && !q.Options && q.Flags&^answer.FlagDO == 0 &&
		len(r.Question) == 1 && (len(r.Extra) == 0 || q.EDNS && len(r.Extra) == 1)
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// write sends the reply, and reports whether it could: else nothing was sent.
func (s straight) write(r *answer.Reply, q *answer.Query) bool {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	m := r.Append((*buffer)[:0], q)
	*buffer = m
	if m[2]&2 != 0 && !cuts(q.Type) {
		return false
	}
	if s.shuffled && r.Rcode == dns.RcodeSuccess {
		answer.Shuffle(m, rand.Uint64())
	}
	_, _ = s.Write(m) // a client that is gone is nobody's failure
	if s.recorder != nil {
		s.recorder.Rcode, s.recorder.Len = r.Rcode, answer.Length(m) // as of a message: it has counted these bytes
	}
	return true
}
