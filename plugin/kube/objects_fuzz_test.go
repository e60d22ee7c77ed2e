package kube

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/zone"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// FuzzObjects holds what a broken controller may do to us, with objects of any kind whose fields are at their limits or
// nonsense: no panic, no object that breaks what package cluster promises, no message that is not one, and no two exits
// that disagree.
func FuzzObjects(f *testing.F) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		data := make([]byte, 300*(1+seed%3))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := &hostile{data[:min(len(data), 1<<11)]}
		w := newWorld(t, h)
		for steps := 0; len(h.data) > 0 && steps < 30; steps++ {
			w.event(h)
			if t.Failed() {
				return
			}
		}
		w.ask()
	})
}

// world is a zone, and what keeps it, as a live source would.
type world struct {
	t      *testing.T
	spec   zone.Spec
	zone   *zone.Zone
	state  *cluster.State
	stores map[cluster.Kind]*store
	names  [][]string // to ask for, a label each, without an origin
	addrs  []netip.Addr
}

var origins = []string{"cluster.local.", "clusterset.local.", "in-addr.arpa.", "ip6.arpa."}

func newWorld(t *testing.T, h *hostile) *world {
	w := &world{t: t, state: cluster.NewState(), stores: map[cluster.Kind]*store{}}
	w.spec = zone.Spec{
		Origins: origins, Clustersets: []string{"clusterset.local."}, TTL: 5, Pods: zone.Verified, PodNames: h.rarely(2), Zonal: !h.rarely(3), IgnoreEmpty: h.rarely(3),
		Strict: zone.Strict{Names: h.rarely(3), Ports: h.rarely(3), Reverse: h.rarely(3), Weights: h.rarely(3), Glue: h.rarely(3), External: h.rarely(3)},
	}
	w.zone = w.fresh()
	trim := newTrimmer(Options{Pods: true, PodNames: w.spec.PodNames, PodLabels: h.rarely(2), Places: w.spec.Zonal, Outside: true, Imports: true})
	for _, kind := range cluster.Kinds() {
		w.stores[kind] = &store{
			kind: kind, trim: trim.of(kind), sink: w, pulse: &pulse{}, reaches: func(uint64) {}, past: func(uint64) {},
			report: func(err error) {
				if strings.Contains(err.Error(), "panic") {
					t.Error(err)
				}
			},
			incident: func(i Incident) { t.Errorf("%s: incident %s", kind, i) },
		}
	}
	for _, ns := range spaces { // or else nothing would have a name
		_ = w.stores[cluster.KindNamespace].Add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})
	}
	return w
}

// fresh is a zone that was compiled from what is known now.
func (w *world) fresh() *zone.Zone {
	z, err := zone.New(w.spec)
	if err != nil {
		w.t.Fatal(err)
	}
	z.Listen([]netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")})
	z.Rebuild(w.state)
	return z
}

// Apply implements cluster.Sink.
func (w *world) Apply(changes ...cluster.Change) {
	for _, c := range changes {
		if c.Object != nil {
			w.see(c.Object)
		}
	}
	w.zone.Update(w.state, w.state.Apply(changes...))
}

// Replace implements cluster.Sink.
func (w *world) Replace(kinds []cluster.Kind, objects []cluster.Object, version uint64) {
	for _, o := range objects {
		w.see(o)
	}
	w.zone.Update(w.state, w.state.Replace(kinds, objects, version))
}

// see checks what the source makes of an object, and remembers what to ask about it.
func (w *world) see(o cluster.Object) {
	check(w.t, o)
	switch o := o.(type) {
	case *cluster.Service:
		w.add(o.IPs)
		if o.Outside != nil {
			w.add(o.Outside.IPs)
		}
		w.gather(o.Namespace, o.Name, o.Ports)
	case *cluster.Slice:
		w.add(o.Endpoints.Addrs())
		w.gather(o.Namespace, o.Service, o.Ports)
		for _, e := range o.Endpoints.All() {
			if len(w.names) > 60 {
				break
			}
			w.name(e.Name, o.Service, o.Namespace, "svc")
			w.name(dashed(e.Addr), o.Service, o.Namespace, "svc")
			w.name(e.Name, o.Cluster(), o.Service, o.Namespace, "svc")
		}
		for _, p := range o.Places() {
			w.name(p, "pin", "_zone", o.Service, o.Namespace, "svc")
		}
	case *cluster.Pod:
		w.add(o.IPs)
		for a := range o.IPs.All() {
			w.name(dashed(a), o.Namespace, "pod")
		}
	}
}

func (w *world) gather(namespace, service string, ports cluster.Ports) {
	w.name(service, namespace, "svc")
	w.name("_tcp", service, namespace, "svc")
	for _, p := range ports.All() {
		w.name("_"+p.Name, "_"+p.Protocol, service, namespace, "svc")
	}
}

func (w *world) add(all cluster.Addrs) {
	for a := range all.All() {
		if len(w.addrs) > 20 {
			return
		}
		w.addrs = append(w.addrs, a)
	}
}

func (w *world) name(labels ...string) {
	if len(w.names) < 80 {
		w.names = append(w.names, labels)
	}
}

func dashed(a netip.Addr) string {
	return strings.NewReplacer(".", "-", ":", "-").Replace(a.String())
}

// event is one that a watch would tell, or a list, or the clock.
func (w *world) event(h *hostile) {
	kind, object := h.object()
	s := w.stores[kind]
	if o, ok := object.(metav1.Object); ok { // what nobody sees is asked for, too
		w.name(o.GetName(), o.GetNamespace(), "svc")
		w.name(o.GetLabels()[discoveryv1.LabelServiceName], o.GetNamespace(), "svc")
	}
	switch h.n(8) {
	case 0:
		_ = s.Delete(object)
	case 1:
		_ = s.Delete(cache.DeletedFinalStateUnknown{Key: h.text([]string{"default/web", "a/db", "default"}), Obj: object})
	case 2:
		list := []any{object, nil, object}
		for range h.many(100) {
			if k, o := h.object(); k == kind {
				list = append(list, o)
			}
		}
		for i := range list {
			list[i], _ = s.Transformer()(list[i])
		}
		_ = s.Replace(list, h.text([]string{"1", "7"}))
	case 3:
		w.zone.Update(w.state, w.state.Release(time.Now().Add(time.Hour)))
	default:
		_ = s.Update(object)
	}
}

// ask asks for all that there may be, in all types, and for a transfer of each zone.
func (w *world) ask() {
	fresh := w.fresh()
	asked := map[string]bool{}
	for i, labels := range append(w.names, []string{}, []string{"dns-version"}, []string{"ns", "dns"}, []string{"svc"}) {
		for _, origin := range origins[:2] {
			if name, ok := spelled(labels, origin); ok && !asked[name] {
				asked[name] = true
				w.question(fresh, name, i)
			}
		}
	}
	for i, a := range w.addrs {
		if name := reverseName(a); !asked[name] {
			asked[name] = true
			w.question(fresh, name, i)
		}
	}
	for _, origin := range origins {
		w.transfer(origin)
	}
	w.zone.EachOutside(true, func(zone.Reach) {})
	w.zone.Outside([]string{"_http", "_tcp", "web", "default"}, true)
	w.zone.ServersOutside(true)
	w.zone.Stats()
}
