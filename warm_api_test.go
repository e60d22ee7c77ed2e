package kubenames

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/snapshot"
)

// outage is an API server that can be out of reach, at an address that stays.
type outage struct {
	*apiServer
	front *httptest.Server
	down  atomic.Bool
	deny  atomic.Pointer[string] // a resource that may not be read; nil: none
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{apiServer: newAPIServer(t, 3)}
	o.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down.Load() {
			panic(http.ErrAbortHandler) // the connection ends
		}
		if d := o.deny.Load(); d != nil && path.Base(r.URL.Path) == *d {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		o.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { // who still watches makes no test hang
		o.front.Listener.Close()
		o.begin()
		o.front.Close()
	})
	return o
}

// begin begins an outage.
func (o *outage) begin() {
	o.down.Store(true)
	o.front.CloseClientConnections()
}

// quick makes savers quick until the test is over.
func quick(t *testing.T, every time.Duration) {
	t.Helper()
	e, a, d := saveEvery, saveAgain, saveDate
	t.Cleanup(func() { saveEvery, saveAgain, saveDate = e, a, d })
	saveEvery, saveAgain, saveDate = every, every, time.Hour
}

// warm is a place for snapshots, and servers that come and go there.
type warm struct {
	*testing.T
	api  *outage
	path string
	line string // of the server block
	log  *logged
}

func newWarm(t *testing.T) *warm {
	return &warm{T: t, api: newOutage(t), path: filepath.Join(t.TempDir(), "cluster"), log: captureLog(t)}
}

func (w *warm) corefile(options ...string) string {
	return ". {\nbind 127.0.0.1\n" + w.line + "\nkubenames cluster.local {\nendpoint " + w.api.front.URL + "\nstartup_timeout 1m\nsnapshot " + w.path + "\n" +
		strings.Join(options, "\n") + "\n}\n}\n"
}

// start starts a server, which waits for no API server that does not come: else it takes the whole timeout.
func (w *warm) start(options ...string) *server {
	w.Helper()
	from := time.Now()
	s, err := startServer(w.corefile(options...))
	if err != nil {
		w.Fatal(err)
	}
	if took := time.Since(from); took > patience {
		w.Errorf("the start took %s, want much less than its timeout", took)
	}
	return s
}

func (w *warm) stop(s *server) {
	w.Helper()
	if err := s.stop(); err != nil {
		w.Error(err)
	}
	if left := eventually(leftBehind); left != "" {
		w.Error("left behind:\n", left)
	}
}

// until waits for what must come true.
func (w *warm) until(condition func() string) {
	w.Helper()
	if trouble := eventually(condition); trouble != "" {
		w.Fatal(trouble)
	}
}

func (w *warm) logs(text string) {
	w.Helper()
	w.until(func() string {
		if !strings.Contains(w.log.String(), text) {
			return "not logged: " + text + "\nbut\n" + w.log.String()
		}
		return ""
	})
}

// asks asks for the Service of that name, with EDNS.
func (w *warm) asks(s *server, service string, rcode, ede int) {
	w.Helper()
	w.until(func() string {
		m := new(dns.Msg).SetQuestion(service+".n.svc.cluster.local.", dns.TypeA)
		m.SetEdns0(1232, false)
		r, err := dns.Exchange(m, s.udp)
		if err != nil {
			return err.Error()
		}
		got := -1
		for _, o := range r.IsEdns0().Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok {
				got = int(e.InfoCode)
			}
		}
		if r.Rcode != rcode || got != ede {
			return fmt.Sprintf("%s: got %s, EDE %d, want %s, EDE %d", service, dns.RcodeToString[r.Rcode], got, dns.RcodeToString[rcode], ede)
		}
		return ""
	})
}

const noEDE = -1 // no extended error

// holds waits until the file holds so many objects, and returns it.
func (w *warm) holds(s *server, objects int) (p *snapshot.Picture) {
	w.Helper()
	file := s.handlers[0].seat.saver.file
	w.until(func() (trouble string) {
		var err error
		switch p, err = file.Load(time.Now()); {
		case err != nil:
			return err.Error()
		case len(p.Objects) != objects:
			return fmt.Sprintf("got %d objects, want %d", len(p.Objects), objects)
		}
		return ""
	})
	return p
}
