package zone

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// ways is ways from outside, a line each.
func ways(all []Reach) string {
	var lines []string
	for _, r := range all {
		to := r.Host
		if r.Addr.IsValid() {
			to = r.Addr.String()
		}
		lines = append(lines, fmt.Sprintf("%s.%s %s %s %s/%d", r.Service, r.Namespace, r.Endpoint, to, r.Port.Protocol, r.Port.Number))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// compareOutside asks both zones, and the world, for all that is seen from outside.
func (w *world) compareOutside(t *testing.T, step, fresh *Zone, seen map[string]int) {
	t.Helper()
	for _, a := range parse(externals) {
		var want []string
		for _, k := range w.groups {
			s, _ := w.state.Group(k)
			if s != nil && w.exposed(k.Namespace) && s.Outside != nil && s.Outside.IPs.Has(a) {
				want = append(want, k.Name+"."+k.Namespace)
				seen["an external IP"]++
			}
		}
		slices.Sort(want)
		for _, z := range []*Zone{step, fresh} {
			var got []string
			all, outcome := z.OutsideAt(a)
			for _, r := range all {
				got = append(got, r.Service+"."+r.Namespace)
			}
			if !slices.Equal(got, want) || (outcome == Found) != (len(want) > 0) {
				t.Errorf("external IP %s: got %v, %v, want %v", a, got, outcome, want)
			}
		}
	}
	for _, ns := range namespaces {
		for _, name := range serviceNames {
			a, outcome := step.Outside([]string{name, ns}, true)
			b, other := fresh.Outside([]string{name, ns}, true)
			if ways(a) != ways(b) || outcome != other {
				t.Errorf("%s.%s from outside: got\n%s, %v, want\n%s, %v", name, ns, ways(a), outcome, ways(b), other)
			}
			if len(a) > 0 {
				seen["a way from outside"]++
			}
		}
	}
}

// TestOutside: what a name of an external zone leads to.
func TestOutside(t *testing.T) {
	http := cluster.Port{Name: "http", Protocol: "tcp", Number: 80}
	dns := cluster.Port{Name: "dns", Protocol: "udp", Number: 53}
	z, err := New(Spec{Origins: []string{"cluster.local."}, Namespaces: []string{"n"}})
	if err != nil {
		t.Fatal(err)
	}
	service := func(ns, name string, typ cluster.ServiceType, o *cluster.Outside) *cluster.Service {
		return &cluster.Service{Namespace: ns, Name: name, Type: typ, Ports: cluster.PortsOf(http, dns), Outside: o}
	}
	slice := func(service string) *cluster.Slice {
		return &cluster.Slice{Namespace: "n", Name: service, Service: service, Ports: cluster.PortsOf(http),
			Endpoints: cluster.EndpointsOf(cluster.Endpoint{Addr: addrs("10.0.0.1").At(0), Name: "a"}, cluster.Endpoint{Addr: addrs("fd00::1").At(0)}),
			Beside:    &cluster.Beside{FQDNs: []cluster.Host{{Target: "x.example.", Name: "h"}}}}
	}
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), []cluster.Object{
		&cluster.Namespace{Name: "n"}, &cluster.Namespace{Name: "hidden"},
		service("n", "lb", cluster.ClusterIP, &cluster.Outside{IPs: addrs("192.0.2.1", "2001:db8::1"), Hosts: []string{"lb.example."}}),
		service("hidden", "lb", cluster.ClusterIP, &cluster.Outside{IPs: addrs("192.0.2.1")}),
		service("n", "in", cluster.ClusterIP, nil), slice("in"),
		service("n", "heads", cluster.Headless, nil), slice("heads"),
		&cluster.Service{Namespace: "n", Name: "bare", Outside: &cluster.Outside{IPs: addrs("192.0.2.9")}},
	}, 1)
	if _, got := z.Outside([]string{"lb", "n"}, true); got != Unready {
		t.Errorf("before the cluster is known: got %v", got)
	}
	z.Rebuild(s)
	lb := "lb.n  192.0.2.1 tcp/80\nlb.n  2001:db8::1 tcp/80\nlb.n  lb.example. tcp/80"
	heads := "heads.n a 10.0.0.1 tcp/80\nheads.n fd00--1 fd00::1 tcp/80\nheads.n h x.example. tcp/80"
	for _, c := range []struct {
		name     string
		headless bool
		want     string
		outcome  Outcome
	}{
		{"n", false, "", Empty},
		{"hidden", false, "", Absent},
		{"lb.hidden", false, "", Absent},
		{"nosuch.n", true, "", Absent},
		{"_http._tcp.lb.n", false, lb, Found},
		{"http.tcp.lb.n", false, lb, Found},
		{"_zz._tcp.lb.n", false, "", Absent},
		{"whatever.lb.n", false, lb + "\n" + strings.ReplaceAll(lb, "tcp/80", "udp/53"), Found},
		{"bare.n", false, "bare.n  192.0.2.9 /0", Found},
		{"in.n", true, "", Absent},
		{"a.in.n", false, "", Absent},
		{"a.in.n", true, "in.n a 10.0.0.1 tcp/80", Found},
		{"heads.n", false, "", Absent},
		{"heads.n", true, heads, Found},
		{"fd00--1.heads.n", true, "heads.n fd00--1 fd00::1 tcp/80", Found},
		{"_a.heads.n", true, "heads.n a 10.0.0.1 tcp/80", Found},
		{"h.heads.n", true, "heads.n h x.example. tcp/80", Found},
		{"b.heads.n", true, "", Absent},
		{"_http._tcp.heads.n", true, heads, Found},
		{"_dns._udp.heads.n", true, "", Absent},
		{"x._http._tcp.lb.n", true, "", Absent},
	} {
		all, outcome := z.Outside(strings.Split(c.name, "."), c.headless)
		want := strings.Split(c.want, "\n")
		slices.Sort(want)
		if got := ways(all); got != strings.Join(want, "\n") || outcome != c.outcome {
			t.Errorf("%s, headless %t: got\n%s, %v, want\n%s, %v", c.name, c.headless, got, outcome, c.want, c.outcome)
		}
	}
	z.spec.Strict.External = true
	for name, want := range map[string]Outcome{"a.in.n": Found, "a.heads.n": Found, "whatever.lb.n": Absent, "_a.heads.n": Absent, "_.heads.n": Absent, "_http._tcp.lb.n": Found} {
		if _, got := z.Outside(strings.Split(name, "."), true); got != want {
			t.Errorf("strictly, %s: got %v, want %v", name, got, want)
		}
	}
	var all []Reach
	z.EachOutside(true, func(r Reach) { all = append(all, r) })
	if got, want := len(all), 6+1+3; got != want {
		t.Errorf("got %d ways in all, want %d:\n%s", got, want, ways(all))
	}
	z.Listen(parse([]string{"198.51.100.1"}))
	if got, want := ways(z.ServersOutside(true)), ".  198.51.100.1 /0"; got != want {
		t.Errorf("servers: got %s, want %s", got, want)
	}
	z.Listen(parse([]string{"10.0.0.1"}))
	if got, want := ways(z.ServersOutside(true)), "heads.n a 10.0.0.1 /0\nheads.n fd00--1 fd00::1 /0"; got != want {
		t.Errorf("servers: got\n%s\nwant\n%s", got, want)
	}
}
