package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func addrs(texts ...string) Addrs {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, addr(text))
	}
	return AddrsOf(list...)
}

// slice is a slice of testns with endpoints of those addresses; one that starts with "!" is not ready.
func slice(name, service string, addrs ...string) *Slice {
	sl := &Slice{Namespace: "testns", Name: name, Service: service, Ports: PortsOf(Port{"http", "tcp", 80})}
	var ready []Endpoint
	var unready []netip.Addr
	for _, a := range addrs {
		if a[0] == '!' {
			unready = append(unready, addr(a[1:]))
		} else {
			ready = append(ready, Endpoint{Addr: addr(a)})
		}
	}
	sl.Endpoints = EndpointsOf(ready...)
	if unready != nil {
		sl.Beside = &Beside{Unready: AddrsOf(unready...)}
	}
	return sl
}

func service(name string, ips ...string) *Service {
	s := &Service{Namespace: "testns", Name: name, Type: Headless, IPs: addrs(ips...)}
	if len(ips) > 0 {
		s.Type = ClusterIP
	}
	return s
}

func imported(name string) *Service { return &Service{Namespace: "testns", Name: name, Imported: true} }

func importedSlice(name, service string, addrs ...string) *Slice {
	sl := slice(name, service, addrs...)
	sl.Imported = true
	return sl
}

func pod(name string, ips ...string) *Pod {
	return &Pod{Namespace: "testns", Name: name, IPs: addrs(ips...)}
}

func key(name string) Key { return Key{Namespace: "testns", Name: name} }

func TestApply(t *testing.T) {
	web, db := key("web"), key("db")
	for _, c := range []struct {
		name   string
		before []Object
		step   []Change
		want   Delta
	}{
		{"a namespace comes", nil, []Change{Put(&Namespace{"testns"})}, Delta{Namespaces: []string{"testns"}}},
		{"a namespace goes", []Object{&Namespace{"testns"}}, []Change{Gone(Ref{KindNamespace, "", "testns"})},
			Delta{Namespaces: []string{"testns"}}},
		{"a namespace again", []Object{&Namespace{"testns"}}, []Change{Put(&Namespace{"testns"})}, Delta{}},
		{"an unknown namespace goes", nil, []Change{Gone(Ref{KindNamespace, "", "testns"})}, Delta{}},
		{"a service comes", nil, []Change{Put(service("web"))}, Delta{Services: []Key{web}}},
		{"a service again", []Object{service("web", "10.0.0.1")}, []Change{Put(service("web", "10.0.0.1"))}, Delta{}},
		{"a service's IP", []Object{service("web", "10.0.0.1")}, []Change{Put(service("web", "10.0.0.2"))}, Delta{Services: []Key{web}}},
		{"a service's type", []Object{service("web", "10.0.0.1")}, []Change{Put(service("web"))}, Delta{Services: []Key{web}}},
		{"a service goes", []Object{service("web")}, []Change{Gone(service("web").Ref())}, Delta{Services: []Key{web}}},
		{"an unknown service goes", nil, []Change{Gone(service("web").Ref())}, Delta{}},
		{"a service goes, its slice known", []Object{slice("a", "web")}, []Change{Gone(service("web").Ref())}, Delta{}},
		{"a slice comes", nil, []Change{Put(slice("a", "web", "10.1.0.1"))}, Delta{Services: []Key{web}}},
		{"a slice again", []Object{slice("a", "web", "10.1.0.1")}, []Change{Put(slice("a", "web", "10.1.0.1"))}, Delta{}},
		{"a slice lists one more that is not ready", []Object{slice("a", "web", "10.1.0.1")},
			[]Change{Put(slice("a", "web", "10.1.0.1", "!10.1.0.2"))}, Delta{}},
		{"a slice's endpoint", []Object{slice("a", "web", "10.1.0.1")}, []Change{Put(slice("a", "web", "10.1.0.2"))},
			Delta{Services: []Key{web}}},
		{"a slice goes", []Object{slice("a", "web", "10.1.0.1")}, []Change{Gone(slice("a", "web").Ref())}, Delta{Services: []Key{web}}},
		{"an unknown slice goes", nil, []Change{Gone(slice("a", "web").Ref())}, Delta{}},
		{"a slice moves to another service", []Object{slice("a", "web", "10.1.0.1")},
			[]Change{Put(slice("a", "db", "10.1.0.1"))}, Delta{Services: []Key{web, db}}},
		{"a pod comes", nil, []Change{Put(pod("p", "10.1.0.1"))}, Delta{Pods: []Diff{{nil, pod("p", "10.1.0.1")}}}},
		{"a pod again", []Object{pod("p", "10.1.0.1")}, []Change{Put(pod("p", "10.1.0.1"))}, Delta{}},
		{"a pod's address", []Object{pod("p", "10.1.0.1")}, []Change{Put(pod("p", "10.1.0.2"))},
			Delta{Pods: []Diff{{pod("p", "10.1.0.1"), pod("p", "10.1.0.2")}}}},
		{"a pod goes", []Object{pod("p", "10.1.0.1")}, []Change{Gone(pod("p").Ref())},
			Delta{Pods: []Diff{{pod("p", "10.1.0.1"), nil}}}},
		{"an unknown pod goes", nil, []Change{Gone(pod("p").Ref())}, Delta{}},
		{"each thing is told once", nil, []Change{Put(&Namespace{"testns"}), Put(slice("a", "web")), Put(slice("b", "web")),
			Put(service("web")), Gone(Ref{KindNamespace, "", "testns"})}, Delta{Namespaces: []string{"testns"}, Services: []Key{web}}},
		{"no such kind", nil, []Change{{Ref: Ref{Kind: 99}}}, Delta{}},
		{"nothing", nil, nil, Delta{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewState()
			for _, o := range c.before {
				s.Apply(Put(o))
			}
			got := s.Apply(c.step...)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got.Empty() != reflect.DeepEqual(c.want, Delta{}) {
				t.Errorf("Empty: got %t of %+v", got.Empty(), got)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	s := NewState()
	s.Apply(Put(&Namespace{"testns"}), Put(&Namespace{"old"}), Put(service("web", "10.0.0.1")), Put(service("db")),
		Put(slice("a", "web", "10.1.0.1")), Put(slice("b", "web", "10.1.0.2")), Put(pod("p", "10.1.0.1")),
		Put(imported("web")), Put(importedSlice("a", "web", "10.2.0.1")))
	for _, c := range []struct {
		name    string
		kinds   []Kind
		objects []Object
		want    Delta
		counts  []int // in the order of Kinds
	}{
		{"the same", []Kind{KindService}, []Object{service("db"), service("web", "10.0.0.1")}, Delta{}, []int{2, 2, 2, 1, 1, 1}},
		{"other kinds are not touched", []Kind{KindService}, []Object{service("db"), service("web", "10.0.0.1"), pod("q")},
			Delta{}, []int{2, 2, 2, 1, 1, 1}},
		{"an imported one is another", []Kind{KindSlice}, []Object{slice("a", "web", "10.1.0.1"), slice("b", "web", "10.1.0.2"),
			importedSlice("a", "web", "10.2.0.2")}, Delta{}, []int{2, 2, 2, 1, 1, 1}},
		{"one less", []Kind{KindNamespace}, []Object{&Namespace{"testns"}}, Delta{Namespaces: []string{"old"}}, []int{1, 2, 2, 1, 1, 1}},
		{"a slice less, nothing is held", []Kind{KindSlice}, []Object{slice("b", "web", "10.1.0.2")},
			Delta{Services: []Key{key("web")}}, []int{1, 2, 1, 1, 1, 1}},
		{"none of any kind", Kinds(), nil, Delta{Namespaces: []string{"testns"}, Services: []Key{key("web"), {"testns", "web", true}, key("db")},
			Pods: []Diff{{pod("p", "10.1.0.1"), nil}}}, []int{0, 0, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.Replace(c.kinds, c.objects, 0)
			slices.SortFunc(got.Services, func(a, b Key) int {
				return cmp.Or(len(b.Name)-len(a.Name), side(a.Imported)-side(b.Imported))
			})
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			var counts []int
			for _, k := range Kinds() {
				counts = append(counts, s.Count(k))
			}
			if !slices.Equal(counts, c.counts) {
				t.Errorf("counts: got %v, want %v", counts, c.counts)
			}
			if _, held := s.NextRelease(); held {
				t.Error("something is held")
			}
		})
	}
	s.Groups(func(k Key) { t.Errorf("a group is left: %v", k) })
}

// A list into an empty State makes little beside what stays of it: it comes when memory is most needed.
func TestReplaceMakes(t *testing.T) {
	const n = 20_000
	var pods, services []Object
	for i := range n {
		pods = append(pods, pod(fmt.Sprint("p", i), "10.1.0.1"))
		services = append(services, service(fmt.Sprint("s", i), "10.0.0.1"))
	}
	made := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	s := NewState()
	for kind, c := range map[Kind]struct {
		objects []Object
		want    uint64
	}{KindPod: {pods, 60}, KindService: {services, 220}} {
		before := made()
		s.Replace([]Kind{kind}, c.objects, 1)
		if got := (made() - before) / n; got > c.want {
			t.Errorf("%s: got %d bytes made for each, want at most %d", kind, got, c.want)
		}
		before = made()
		s.Replace([]Kind{kind}, c.objects, 1)
		if got := made() - before; got > 10_000 {
			t.Errorf("%s: the same list again makes %d bytes, want at most 10,000", kind, got)
		}
	}
}

func TestGroup(t *testing.T) {
	s := NewState()
	web, a, b := service("web"), slice("a", "web", "10.1.0.1"), slice("b", "web", "10.1.0.2")
	check := func(step string, wantService *Service, want ...*Slice) {
		t.Helper()
		gotService, got := s.Group(key("web"))
		if gotService != wantService || !slices.Equal(got, want) {
			t.Errorf("%s: got %v and %v, want %v and %v", step, gotService, got, wantService, want)
		}
	}
	check("nothing", nil)
	s.Apply(Put(b))
	s.Apply(Put(a))
	check("slices before their service, in order", nil, a, b)
	s.Apply(Put(web))
	check("their service", web, a, b)
	s.Apply(Gone(web.Ref()))
	check("the service gone before its slices", nil, a, b)
	moved := slice("a", "db", "10.1.0.1")
	s.Apply(Put(moved))
	check("a slice of another service now", nil, b)
	s.Apply(Gone(b.Ref()))
	check("all gone", nil)
	s.Groups(func(k Key) {
		if k != key("db") {
			t.Errorf("a group is left: %v", k)
		}
	})
}

func TestKindNames(t *testing.T) {
	for k, want := range map[Kind]string{KindNamespace: "namespaces", KindService: "services", KindSlice: "endpointslices",
		KindPod: "pods", 9: "kind 9"} {
		if got := k.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := service("web").Ref().String(), "services testns/web"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Namespace{"x"}).Ref().String(), "namespaces x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
