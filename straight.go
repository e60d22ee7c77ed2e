package kubenames

import (
	"context"
	"math/rand/v2"
	"reflect"
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
// a few are known; with any other in between the answer is a message.

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
			if shuffle < 0 || !isRandom(reflect.ValueOf(v).Elem().Field(shuffle)) {
				return s, false // weights and preferences need messages
			}
			s.shuffled, w = true, v.ResponseWriter
			s.ResponseWriter = w
		case *request.ScrubWriter:
			w = v.ResponseWriter // to fit the client is our affair
		default:
			t := reflect.TypeOf(w)
			if t == nil || t != tracking {
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

// shuffle is where loadbalance's writer has the function that it shuffles by; less than 0: it is not as CoreDNS 1.15 has it.
var shuffle = func() int {
	f, ok := reflect.TypeFor[loadbalance.LoadBalanceResponseWriter]().FieldByName("shuffle")
	if !ok || len(f.Index) != 1 {
		return -1
	}
	return f.Index[0]
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
// signatures the server and the library know more.
func isPlain(r *dns.Msg, q *answer.Query) bool {
	return !q.Options && q.Flags&^answer.FlagDO == 0 && len(r.Question) == 1 && (len(r.Extra) == 0 || q.EDNS && len(r.Extra) == 1)
}

// write sends the reply to the question.
func (s straight) write(r *answer.Reply, asked *scratch) {
	m := r.Append(asked.out[:0], &asked.Query)
	asked.out = m
	if s.shuffled && r.Rcode == dns.RcodeSuccess {
		answer.Shuffle(m, rand.Uint64())
	}
	_, _ = s.Write(m) // a client that is gone is nobody's failure
	if s.recorder != nil {
		s.recorder.Rcode, s.recorder.Len = r.Rcode, answer.Length(m) // as of a message: it has counted these bytes
	}
}
