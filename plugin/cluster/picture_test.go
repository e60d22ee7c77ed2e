package cluster

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// objects is all objects of all kinds.
func (s *State) objects() (all []Object) {
	for _, k := range Kinds() {
		all = append(all, s.Objects(k)...)
	}
	return all
}

// TestPicture carries what is known at any moment over to another state, where the same is listed of each Service, and what
// is on the move, too.
func TestPicture(t *testing.T) {
	for seed := range uint64(20) {
		r, s, moving := rand.New(rand.NewPCG(seed, 3)), newClock(), 0
		s.Apply(Put(imported("web")), Put(importedSlice("i", "web", "10.2.0.1")))
		for range 200 {
			s.Apply(randomChange(r))
			if r.IntN(4) == 0 {
				s.time = s.time.Add(Hold / 5)
				s.Release(s.time)
			}
			other := &clock{State: NewState()}
			other.Replace(Kinds(), s.objects(), 7)
			for _, name := range []string{"web", "db", "mail"} {
				if got, want := other.listed(name), s.listed(name); got != want {
					t.Fatalf("seed %d: %s: got %q, want %q", seed, name, got, want)
				}
			}
			if _, held := s.NextRelease(); held {
				moving++
				continue
			}
			if got, want := other.picture(), s.picture(); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: got %v, want %v", seed, got, want)
			}
		}
		if moving == 0 {
			t.Errorf("seed %d: nothing was ever on the move", seed)
		}
	}
}

func TestCompare(t *testing.T) {
	s := NewState()
	s.Apply(Put(&Namespace{"testns"}), Put(service("web", "10.0.0.1")), Put(service("db")), Put(service("old")),
		Put(slice("a", "web", "10.1.0.1")), Put(slice("b", "other", "10.1.0.1")), Put(pod("p", "10.1.0.1")), Put(imported("web")))
	for _, c := range []struct {
		kinds   []Kind
		objects []Object
		want    Comparison
	}{
		{[]Kind{KindService}, []Object{service("web", "10.0.0.2"), service("db"), service("new")}, Comparison{Same: 1, Changed: 1, New: 1, Gone: 1}},
		{[]Kind{KindService}, []Object{service("other"), pod("q", "10.1.0.9")}, Comparison{New: 1, Gone: 3}}, // of which there is but a slice
		{[]Kind{KindSlice}, []Object{slice("a", "web", "10.1.0.1"), slice("b", "web", "10.1.0.1")}, Comparison{Same: 1, Changed: 1}},
		{[]Kind{KindNamespace, KindPod}, []Object{&Namespace{"testns"}, pod("p", "10.1.0.2")}, Comparison{Same: 1, Changed: 1}},
		{[]Kind{KindImport, KindImportSlice}, nil, Comparison{Gone: 1}},
	} {
		if got := s.Compare(c.kinds, c.objects); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.kinds, got, c.want)
		}
	}
}

// TestListAgain: what is listed again as it is known stays the one that is known, for answers hold it.
func TestListAgain(t *testing.T) {
	s := NewState()
	first := slice("a", "web", "10.1.0.1", "!10.1.0.2")
	s.Replace(Kinds(), []Object{service("web"), first}, 1)
	s.Replace(Kinds(), []Object{service("web"), slice("a", "web", "10.1.0.1", "!10.1.0.2")}, 2)
	if _, all := s.Group(key("web")); len(all) != 1 || all[0] != first {
		t.Error("there are two copies of one slice")
	}
	other := slice("a", "web", "10.1.0.1")
	s.Apply(Put(other)) // what is not ready decides about the next move
	if _, all := s.Group(key("web")); len(all) != 1 || all[0] != other {
		t.Error("what is not ready any more is kept")
	}
}

// TestValid: each promise, broken once.
func TestValid(t *testing.T) {
	long := fmt.Sprintf("%064d", 0)
	web := func(edit func(*Service)) Object { s := service("web", "10.0.0.1"); edit(s); return s }
	part := func(edit func(*Slice)) Object { s := slice("a", "web", "10.1.0.1"); edit(s); return s }
	mapped := AddrsOf(addr("::ffff:10.0.0.1"))
	for want, o := range map[string]Object{
		`namespaces : label "" is none`:                                   &Namespace{},
		`namespaces ` + long + `: label "` + long + `" is none`:           &Namespace{long},
		`services testns/a.b: label "a.b" is none`:                        web(func(s *Service) { s.Name = "a.b" }),
		`services Testns/web: label "Testns" is none`:                     web(func(s *Service) { s.Namespace = "Testns" }),
		`services testns/web: type "7" is none`:                           web(func(s *Service) { s.Type, s.IPs = 7, Addrs{} }),
		`services testns/web: type with cluster IPs "1" is none`:          web(func(s *Service) { s.Type = Headless }),
		`services testns/web: address "::ffff:10.0.0.1" is none`:          web(func(s *Service) { s.IPs = mapped }),
		`services testns/web: protocol "icmp" is none`:                    web(func(s *Service) { s.Ports = PortsOf(Port{Protocol: "icmp"}) }),
		`services testns/web: port "a_b" is none`:                         web(func(s *Service) { s.Ports = PortsOf(Port{Name: "a_b"}) }),
		`services testns/web: external name "example.org." is none`:       web(func(s *Service) { s.External = new("example.org.") }),
		`services testns/web: host "1.2.3.4." is none`:                    web(func(s *Service) { s.Outside = &Outside{Hosts: []string{"1.2.3.4."}} }),
		`endpointslices testns/: name "" is none`:                         part(func(s *Slice) { s.Name = "" }),
		`endpointslices testns/a: label "" is none`:                       part(func(s *Slice) { s.Service = "" }),
		`endpointslices testns/a: host label "-x" is none`:                part(func(s *Slice) { s.Endpoints = EndpointsOf(Endpoint{addr("10.1.0.1"), "-x"}) }),
		`endpointslices testns/a: address "::ffff:10.0.0.1" is none`:      part(func(s *Slice) { s.Beside = &Beside{Unready: mapped} }),
		`endpointslices testns/a: cluster of an own slice "east" is none`: part(func(s *Slice) { s.Beside = &Beside{Cluster: "east"} }),
		`endpointslices testns/a: number of places "2" is none`:           part(func(s *Slice) { s.Beside = &Beside{Places: []string{"a", "b"}} }),
		`endpointslices testns/a: host "foo" is none`:                     part(func(s *Slice) { s.Beside = &Beside{FQDNs: []Host{{Target: "foo"}}} }),
		`endpointslices testns/a: host label "a_b" is none`:               part(func(s *Slice) { s.Beside = &Beside{FQDNs: []Host{{"foo.", "a_b"}}} }),
		`pods testns/p: list of addresses "" is none`:                     pod("p"),
		`serviceimports testns/web: type "2" is none`:                     &Service{Namespace: "testns", Name: "web", Imported: true, Type: ExternalName},
	} {
		if err := Valid(o); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, o := range []Object{&Namespace{"testns"}, service("web", "10.0.0.1"), imported("web"), slice("a", "web", "10.1.0.1"), pod("p", "::1")} {
		if err := Valid(o); err != nil {
			t.Error(err)
		}
	}
}
