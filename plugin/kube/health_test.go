package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// incidents counts what a source tells of its watches.
type incidents struct {
	mu      sync.Mutex
	count   map[string]int // "kind incident"
	audited map[string]int // "kind outcome"
}

func (i *incidents) of(o Options) Options {
	i.count, i.audited = map[string]int{}, map[string]int{}
	o.Incident = func(k cluster.Kind, what Incident) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.count[fmt.Sprint(k, " ", what)]++
	}
	o.Audited = func(k cluster.Kind, what Audited) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.audited[fmt.Sprint(k, " ", what)]++
	}
	return o
}

func (i *incidents) get(what string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.count[what] + i.audited[what]
}

// impatient is a source with times of the test's own.
func impatient(t *testing.T, s *apiServer, o Options, change func(*times)) (*recorder, *Live, *incidents) {
	t.Helper()
	r, i := newRecorder(), &incidents{}
	o.Report = r.report
	l, err := NewLive(s.config(), i.of(o))
	if err != nil {
		t.Fatal(err)
	}
	change(&l.times)
	run(t, l, r)
	return r, l, i
}

// watches reports whether a watch was asked for since the list.
func (f *follower) watches() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun
}

func always(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// opened counts the watches of the resource that go on where another ended.
func (s *apiServer) opened(resource string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, query := range s.queries[resource] {
		if strings.Contains(query, "watch=true") && !strings.Contains(query, "sendInitialEvents") {
			n++
		}
	}
	return n
}

// tell hands an event to whatever watch of the resource is open, until what it shows is there.
func (s *apiServer) tell(t *testing.T, r *recorder, resource, kind string, object any, shows string) {
	t.Helper()
	eventually(t, r, "an event", func() bool {
		s.mu.Lock()
		ch := s.watches[resource]
		s.mu.Unlock()
		select {
		case ch <- map[string]any{"type": kind, "object": object}:
		case <-time.After(50 * time.Millisecond): // it is another one by now
		}
		return r.has(shows)
	})
}

// A watch ends when neither event nor bookmark has come for long, and not before.
func TestStreamSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := watch.NewFake()
		silent := 0
		start := time.Now()
		s := newStream(t.Context(), below, false, streamTold{func() {}, func(error) {}, func(bool) { silent++ }}, always(time.Minute))
		for range 5 {
			time.Sleep(59 * time.Second)
			below.Action(watch.Bookmark, &corev1.Service{})
			time.Sleep(59 * time.Second) // who reads it takes his time, which is no silence
			if e := <-s.ResultChan(); e.Type != watch.Bookmark {
				t.Fatalf("got %v", e)
			}
		}
		if _, open := <-s.ResultChan(); open || silent != 1 {
			t.Errorf("got open %v, told %d times of silence", open, silent)
		}
		if got, want := time.Since(start), (10*59+60)*time.Second; got != want {
			t.Errorf("ended after %v, want %v", got, want)
		}
	})
}

// A list that streams in and never ends is given up, whatever else comes.
func TestStreamEndless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := watch.NewFake()
		endless := 0
		start := time.Now()
		s := newStream(t.Context(), below, true, streamTold{func() {}, func(error) {}, func(listing bool) {
			if listing {
				endless++
			}
		}}, always(time.Minute))
		go func() {
			for range s.ResultChan() {
			}
		}()
		tell := func(kind watch.EventType, times int) {
			for range times {
				time.Sleep(19 * time.Second)
				select {
				case <-s.ended:
					return
				default:
					below.Action(kind, &corev1.Service{})
				}
			}
		}
		tell(watch.Added, 10)
		tell(watch.Bookmark, 2)
		tell(watch.Modified, 2)
		<-s.ended
		if got, want := time.Since(start), (10*19+60)*time.Second; endless != 1 || got < want || got > want+19*time.Second {
			t.Errorf("ended after %v, told %d times; want %v, once", got, endless, want)
		}
	})
}

// A server whose streaming list never ends is asked for a plain one.
func TestLiveEndless(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.broken = map[string]func(url.Values) http.HandlerFunc{"services": func(q url.Values) http.HandlerFunc {
		if q.Get("sendInitialEvents") == "" {
			return nil
		}
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}}
	r, _, i := impatient(t, s, Options{}, func(x *times) { x.silence = always(1100 * time.Millisecond) })
	eventually(t, r, "listed", func() bool { return r.replacements(cluster.KindService) > 0 })
	if r.replacements(cluster.KindService) != 1 || i.get("services silent") < 1 || r.reported("never ends") != 1 {
		t.Errorf("got %d lists, incidents %v, reports %s", r.replacements(cluster.KindService), i.count, r)
	}
}

// A watch that is silent is opened again where it was, without a list.
func TestLiveSilent(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			s := newAPIServer(t, streaming)
			s.set("services", serviceObject("a", "10.0.0.1"))
			r, _, i := impatient(t, s, Options{}, func(x *times) { x.silence = always(1100 * time.Millisecond) }) // a reflector lists again if one is shorter than 1 s
			waitForWatch(t, r, s, "services")
			first := s.opened("services")
			eventually(t, r, "opened again", func() bool { return s.opened("services") > first })
			s.tell(t, r, "services", "ADDED", versioned(serviceObject("b", "10.0.0.2"), 1_000_000), "services default/b")
			if r.replacements(cluster.KindService) != 1 || i.get("services silent") < 1 {
				t.Errorf("got %d lists and %v, want one list", r.replacements(cluster.KindService), i.count)
			}
			if n := r.reported(""); n != 0 {
				t.Errorf("got reports: %s", r)
			}
		})
	}
}

// An answer that stops in the middle is given up, and asked for again; one that is slow is not.
func TestLiveStalled(t *testing.T) {
	s := newAPIServer(t, false)
	s.set("services", serviceObject("a", "10.0.0.1"))
	s.stalls = map[string]int{"services": 1}
	s.broken = map[string]func(url.Values) http.HandlerFunc{"namespaces": func(q url.Values) http.HandlerFunc {
		if q.Get("watch") != "" {
			return nil
		}
		return func(w http.ResponseWriter, _ *http.Request) {
			for part := range strings.SplitSeq(`{"kind":"NamespaceList",|"apiVersion":"v1",|"metadata":{"resourceVersion":"12"},|"items":[{|"metadata":{"name":"slow"|}}|]}`, "|") {
				fmt.Fprint(w, part)
				http.NewResponseController(w).Flush()
				time.Sleep(300 * time.Millisecond)
			}
		}
	}}
	r, l, _ := impatient(t, s, Options{}, func(x *times) { x.stall = always(1500 * time.Millisecond) })
	eventually(t, r, "the list", func() bool { return r.has("services default/a", "namespaces slow") })
	if r.reported("list services: ", errStalled.Error()) != 1 || r.reported("namespaces") != 0 {
		t.Errorf("want one report: %s", r)
	}
	eventually(t, r, "in reach", func() bool { return l.Unreached().IsZero() })
}

// bookmark is one of the kind, at a version.
func bookmark(version int) runtime.Object {
	o := serviceObject("", "")
	o.ObjectMeta = metav1.ObjectMeta{ResourceVersion: strconv.Itoa(version)}
	return o
}

// A version that is lower than one that was told is of another history: everything is listed again, once.
func TestLiveWentBack(t *testing.T) {
	restored := func(s *apiServer) func() {
		return func() {
			s.version = 20
			s.items["services"] = []runtime.Object{versioned(serviceObject("restored", "10.0.0.9"), 5)}
			s.items["endpointslices"] = []runtime.Object{versioned(sliceObject("restored-1", "restored", "10.1.0.9"), 6)}
		}
	}
	for name, c := range map[string]struct {
		how func(t *testing.T, s *apiServer)
	}{
		"event": {func(t *testing.T, s *apiServer) {
			s.send(t, "services", "MODIFIED", versioned(serviceObject("a", "10.0.0.2"), 21))
		}},
		"bookmark": {func(t *testing.T, s *apiServer) { s.send(t, "services", "BOOKMARK", bookmark(21)) }},
		"list": {func(t *testing.T, s *apiServer) {
			s.send(t, "services", "ERROR", status(410, metav1.StatusReasonExpired, "too old"))
		}},
		"silent after a new connection": {func(t *testing.T, s *apiServer) { s.CloseClientConnections() }},
		"silent after a restart": {func(t *testing.T, s *apiServer) {
			s.change(func() {
				s.broken = map[string]func(url.Values) http.HandlerFunc{}
				for _, resource := range []string{"namespaces", "services", "endpointslices"} {
					left := 3
					s.broken[resource] = func(url.Values) http.HandlerFunc {
						if left--; left < 0 {
							return nil
						}
						return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
					}
				}
			})
			s.CloseClientConnections()
		}},
	} {
		for _, streaming := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s streaming=%v", name, streaming), func(t *testing.T) {
				s := newAPIServer(t, streaming)
				s.version = 1000
				s.set("services", serviceObject("a", "10.0.0.1"))
				s.set("endpointslices", sliceObject("a-1", "a", "10.1.0.1"))
				r, l, i := impatient(t, s, Options{}, func(*times) {})
				eventually(t, r, "first picture", func() bool { return r.has("services default/a", "endpointslices default/a-1") })
				waitForWatch(t, r, s, "services", "endpointslices", "namespaces")
				eventually(t, r, "positions", func() bool {
					return !slices.ContainsFunc(l.followers, func(f *follower) bool { return f.position.at() <= 1000 || !f.watches() })
				})
				if strings.HasPrefix(name, "silent") { // else watches would be so short that a reflector lists again
					for resource, object := range map[string]metav1.Object{
						"namespaces": namespaceObject(""), "services": serviceObject("", ""), "endpointslices": sliceObject("", ""),
					} {
						s.tell(t, r, resource, "BOOKMARK", versioned(object, 1100), "services default/a")
					}
					eventually(t, r, "bookmarks", func() bool {
						return !slices.ContainsFunc(l.followers, func(f *follower) bool { return f.position.at() != 1100 })
					})
				}
				s.change(restored(s))
				c.how(t, s)
				eventually(t, r, "the other history", func() bool {
					return r.has("services default/restored", "!services default/a", "endpointslices default/restored-1", "!endpointslices default/a-1")
				})
				eventually(t, r, "namespaces listed", func() bool { return r.version(cluster.KindNamespace) < 1000 })
				if n := r.reported("the version went back from 1", "listing everything again"); n != 1 {
					t.Errorf("got %d reports, want 1: %s", n, r)
				}
				n := 0
				for _, k := range l.Kinds() {
					n += i.get(k.String() + " backwards")
				}
				if n != 1 {
					t.Errorf("got %v, want one history to end", i.count)
				}
				s.tell(t, r, "services", "ADDED", versioned(serviceObject("later", "10.0.0.3"), 500), "services default/later") // lower than it was, and ahead
			})
		}
	}
}

// What is out of reach is so since it was heard of last.
func TestLiveUnreached(t *testing.T) {
	s := newAPIServer(t, true)
	start := time.Now()
	r, l, _ := impatient(t, s, Options{}, func(*times) {})
	eventually(t, r, "services", func() bool { return r.replacements(cluster.KindService) > 0 })
	if at := l.Unreached(); !at.IsZero() {
		t.Errorf("got out of reach since %v", at)
	}
	s.CloseClientConnections()
	s.Listener.Close()
	eventually(t, r, "out of reach", func() bool { return !l.Unreached().IsZero() })
	at := l.Unreached()
	if at.Before(start) || at.After(time.Now()) {
		t.Errorf("got since %v", at)
	}
	for _, p := range l.Pulses() {
		if p.Alive.After(at) {
			t.Errorf("got since %v, and a sign of %s at %v", at, p.Kind, p.Alive)
		}
	}

	never, err := NewLive(s.config(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if at := never.Unreached(); !at.IsZero() {
		t.Errorf("got out of reach since %v before the start", at)
	}
	began := time.Now()
	run(t, never, newRecorder())
	eventually(t, r, "never in reach", func() bool { return !never.Unreached().Before(began) })
}
