package cluster

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// clock is a state whose time stands still until it is told to go on.
type clock struct {
	*State
	time time.Time
}

func newClock() *clock {
	c := &clock{NewState(), time.Unix(1_000_000, 0)}
	c.now = func() time.Time { return c.time }
	return c
}

// listed is the addresses that a service lists, in order, each as often as it is listed.
func (c *clock) listed(service string) string {
	var all []string
	_, sls := c.Group(key(service))
	for _, sl := range sls {
		for a := range sl.Endpoints.Addrs().All() {
			all = append(all, a.String())
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestHold(t *testing.T) {
	web := service("web")
	const one, two, both = "10.1.0.1", "10.1.0.2", "10.1.0.1 10.1.0.2"
	start := []Object{web, slice("a", "web", one), slice("b", "web", two)}
	type step struct {
		change Change
		want   string // listed after it
		held   bool
	}
	for _, c := range []struct {
		name   string
		before []Object
		steps  []step
		last   string // when what is held is let go of
	}{
		{"a move, told from where it left first", start, []step{
			{Put(slice("a", "web")), both, true},
			{Put(slice("b", "web", two, one)), both, false}}, both},
		{"a move, told from where it arrived first", start, []step{
			{Put(slice("b", "web", two, one)), one + " " + both, false},
			{Put(slice("a", "web")), both, false}}, both},
		{"a move with its whole slice", start, []step{
			{Gone(slice("a", "web").Ref()), both, true},
			{Put(slice("b", "web", two, one)), both, false}}, both},
		{"it leaves for good", start, []step{{Put(slice("a", "web")), both, true}}, two},
		{"it is not ready any more", start, []step{{Put(slice("a", "web", "!"+one)), two, false}}, two},
		{"it moves and is not ready where it arrives", start, []step{
			{Put(slice("a", "web")), both, true},
			{Put(slice("b", "web", two, "!"+one)), two, false}}, two},
		{"it comes back", start, []step{
			{Put(slice("a", "web")), both, true},
			{Put(slice("a", "web", one)), both, false}}, both},
		{"the only slice loses one", []Object{web, slice("a", "web", one, two)}, []step{{Put(slice("a", "web", two)), two, false}}, two},
		{"the only slice of its family goes", []Object{web, slice("a", "web", one), slice("six", "web", "fd00::1")}, []step{
			{Gone(slice("six", "web").Ref()), one, false}}, one},
		{"one slice of a family that has two goes", append([]Object{slice("six", "web", "fd00::1")}, start...), []step{
			{Put(slice("a", "web")), both + " fd00::1", true}}, two + " fd00::1"},
		{"another slice may be of any family", []Object{web, slice("a", "web", one), slice("empty", "web")}, []step{
			{Gone(slice("a", "web").Ref()), one, true}}, ""},
		{"the only slice goes", []Object{web, slice("a", "web", one, two)}, []step{{Gone(slice("a", "web").Ref()), "", false}}, ""},
		{"the service goes meanwhile", start, []step{
			{Put(slice("a", "web")), both, true},
			{Gone(web.Ref()), two, false}}, two},
		{"slices without their service", start[1:], []step{{Put(slice("a", "web")), two, false}}, two},
		{"the slice goes to another service", start, []step{{Put(slice("a", "db", one)), both, true}}, two},
		{"two leave, one after the other", append([]Object{slice("c", "web", "10.1.0.3")}, start...), []step{
			{Put(slice("a", "web")), both + " 10.1.0.3", true},
			{Put(slice("c", "web")), both + " 10.1.0.3", true},
			{Put(slice("b", "web", two, one)), both + " 10.1.0.3", true}}, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newClock()
			for _, o := range c.before {
				s.Apply(Put(o))
			}
			for i, step := range c.steps {
				s.time = s.time.Add(time.Millisecond)
				before := s.listed("web")
				d := s.Apply(step.change)
				if got := s.listed("web"); got != step.want {
					t.Errorf("step %d: got %q, want %q", i, got, step.want)
				}
				if before != step.want && !slices.Contains(d.Services, key("web")) {
					t.Errorf("step %d: the service is not in %+v", i, d)
				}
				next, held := s.NextRelease()
				if held != step.held || held && next.After(s.time.Add(Hold)) {
					t.Errorf("step %d: held: got %t until %v, want %t", i, held, next, step.held)
				}
			}
			if d := s.Release(s.time.Add(Hold - time.Second)); !d.Empty() {
				t.Errorf("released too early: %+v", d)
			}
			before := s.listed("web")
			d := s.Release(s.time.Add(Hold))
			if got := s.listed("web"); got != c.last {
				t.Errorf("at last: got %q, want %q", got, c.last)
			}
			if (before != c.last) != slices.Equal(d.Services, []Key{key("web")}) {
				t.Errorf("released: got %+v", d)
			}
		})
	}
}

// Endpoints that leave one after the other are held in few pieces: each change of the Service looks at all of them.
func TestHoldMany(t *testing.T) {
	s := newClock()
	s.Apply(Put(service("web")), Put(slice("b", "web", "10.2.0.1")))
	var left []string
	for i := range 100 {
		left = append(left, fmt.Sprint("10.1.0.", i))
	}
	s.Apply(Put(slice("a", "web", left...)))
	all := s.listed("web")
	for len(left) > 0 {
		s.time = s.time.Add(Hold / 100)
		left = left[1:]
		s.Apply(Put(slice("a", "web", left...)))
		if got := s.listed("web"); got != all {
			t.Fatalf("%d are left: got %q, want %q", len(left), got, all)
		}
	}
	if n := len(s.group(key("web")).held()); n > 11 {
		t.Errorf("held in %d pieces, want one for each tenth of the time", n)
	}
	next, _ := s.NextRelease()
	s.Release(next)
	if got := strings.Count(s.listed("web"), "10.1.0."); got >= 100 || got < 85 {
		t.Errorf("after the first release there are %d, want a tenth less than 100", got)
	}
}

func TestHoldOneStep(t *testing.T) {
	start := []Change{Put(service("web")), Put(slice("a", "web", "10.1.0.1")), Put(slice("b", "web", "10.1.0.2"))}
	s := newClock()
	s.Apply(start...)
	s.Apply(Put(slice("a", "web")), Put(slice("b", "web", "10.1.0.2", "10.1.0.1")))
	if _, held := s.NextRelease(); held {
		t.Error("a move in one step holds something")
	}
	s = newClock()
	s.Apply(start...)
	s.Apply(Put(slice("c", "web", "10.1.0.9")), Gone(slice("c", "web").Ref()))
	if got, want := s.listed("web"), "10.1.0.1 10.1.0.2"; got != want {
		t.Errorf("what came and went in one step: got %q, want %q", got, want)
	}
	s.Apply(Gone(slice("a", "web").Ref()))
	d := s.Replace([]Kind{KindSlice}, []Object{slice("b", "web", "10.1.0.2")}, 0)
	if got, want := s.listed("web"), "10.1.0.2"; got != want {
		t.Errorf("held before a list: got %q, want %q", got, want)
	}
	if !slices.Equal(d.Services, []Key{key("web")}) {
		t.Errorf("the list let go of something: got %+v", d)
	}
}

// TestHoldRandom makes random steps. What the slices list is always there, what is held is listed nowhere else, and in
// the end the state is that of the objects that are left.
func TestHoldRandom(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, objects := newClock(), map[Ref]Object{}
		for range 120 {
			var step []Change
			for range 1 + r.IntN(3) {
				c := randomChange(r)
				step = append(step, c)
				if c.Object == nil {
					delete(objects, c.Ref)
				} else {
					objects[c.Ref] = c.Object
				}
			}
			s.time = s.time.Add(time.Duration(r.IntN(60)) * time.Millisecond)
			switch r.IntN(12) {
			case 0:
				s.Replace(Kinds(), values(objects), 0)
			case 1:
				s.Release(s.time)
				fallthrough
			default:
				s.Apply(step...)
			}
			if r.IntN(12) == 0 {
				s.Replace([]Kind{KindSlice}, values(objects), 0)
			}
			s.checkHeld(t)
		}
		s.Replace([]Kind{KindService}, values(objects), 0)
		s.Release(s.time.Add(Hold))
		if _, held := s.NextRelease(); held {
			t.Fatalf("seed %d: something is held for ever", seed)
		}
		fresh := NewState()
		fresh.Replace(Kinds(), values(objects), 0)
		if got, want := s.picture(), fresh.picture(); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

func (s *clock) checkHeld(t *testing.T) {
	t.Helper()
	for g := range s.groups[0].all() {
		k, listed := g.name(), map[netip.Addr]string{}
		for _, sl := range g.slices() {
			for a := range sl.Endpoints.Addrs().All() {
				listed[a] = sl.Name
			}
			for a := range sl.Unready().All() {
				listed[a] = sl.Name
			}
		}
		for _, h := range g.held() {
			for a := range h.slice.Endpoints.Addrs().All() {
				if by, ok := listed[a]; ok {
					t.Fatalf("%v: %v is held and listed by %q", k, a, by)
				}
				listed[a] = h.slice.Name
			}
		}
		if g.known() == nil && len(g.slices())+len(g.held()) == 0 {
			t.Fatalf("%v: an empty group", k)
		}
		if g.known() == nil && len(g.held()) > 0 {
			t.Fatalf("%v: held without a service", k)
		}
	}
}

func randomChange(r *rand.Rand) Change {
	services := []string{"web", "db", "mail"}
	name := services[r.IntN(len(services))]
	switch r.IntN(12) {
	case 0:
		return Gone(service(name).Ref())
	case 1, 2:
		return Put(service(name))
	case 3:
		return Gone(slice(fmt.Sprint("s", r.IntN(5)), name).Ref())
	case 4:
		if n := fmt.Sprint("ns", r.IntN(2)); r.IntN(2) == 0 {
			return Gone(Ref{KindNamespace, "", n})
		} else {
			return Put(&Namespace{n})
		}
	case 5:
		if p := fmt.Sprint("p", r.IntN(3)); r.IntN(2) == 0 {
			return Gone(pod(p).Ref())
		} else {
			return Put(pod(p, fmt.Sprint("10.1.0.", r.IntN(8))))
		}
	}
	var addrs []string
	for _, i := range r.Perm(8)[:r.IntN(5)] {
		a := fmt.Sprint("10.1.0.", i)
		if r.IntN(5) == 0 {
			a = "!" + a
		}
		addrs = append(addrs, a)
	}
	return Put(slice(fmt.Sprint("s", r.IntN(5)), name, addrs...))
}

func values(m map[Ref]Object) (all []Object) {
	for _, o := range m {
		all = append(all, o)
	}
	return all
}

// picture is all that a state tells.
func (s *State) picture() map[string]any {
	p := map[string]any{}
	s.Namespaces(func(n string) { p["namespace "+n] = s.Namespace(n) })
	s.Groups(func(k Key) {
		service, all := s.Group(k)
		p["service "+k.Name] = service
		p["slices "+k.Name] = append([]*Slice{}, all...)
	})
	s.Pods(func(o *Pod) { p["pod "+o.Name] = o })
	for _, k := range Kinds() {
		p["count "+k.String()] = s.Count(k)
	}
	return p
}
