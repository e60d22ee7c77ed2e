package kubenames

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// BenchmarkFloor is what the machine takes for steps without which no answer is, beside which to read the others.
func BenchmarkFloor(b *testing.B) {
	b.Run("copy_512_bytes", func(b *testing.B) {
		from, to := make([]byte, 512), make([]byte, 0, 512)
		for b.Loop() {
			to = append(to[:0], from...)
		}
	})
	b.Run("map_of_100000_names", func(b *testing.B) {
		names, all := make([]string, 100_000), map[string]int{}
		for i := range names {
			names[i] = fmt.Sprintf("service-%d.team-%d", i, i%200)
			all[names[i]] = i
		}
		sum := 0
		for i := 0; b.Loop(); i++ {
			sum += all[names[i*7919%len(names)]]
		}
	})
	b.Run("packet_of_512_bytes_sent_and_received", func(b *testing.B) {
		from, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		defer from.Close()
		packet, to := make([]byte, 512), from.LocalAddr().(*net.UDPAddr).AddrPort()
		for b.Loop() {
			if _, err := from.WriteToUDPAddrPort(packet, to); err != nil {
				b.Fatal(err)
			}
			if _, _, err := from.ReadFromUDPAddrPort(packet); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// listing is a sink that keeps what a source tells at first.
type listing struct {
	objects []cluster.Object
	told    context.CancelFunc
}

func (l *listing) Apply(...cluster.Change) {}

func (l *listing) Replace(_ []cluster.Kind, objects []cluster.Object, _ uint64) {
	l.objects = objects
	l.told()
}

// trimmed is the objects of manifests.
func trimmed(b *testing.B, manifests string) []cluster.Object {
	b.Helper()
	path := filepath.Join(b.TempDir(), "all.yaml")
	if err := os.WriteFile(path, []byte(manifests), 0o600); err != nil {
		b.Fatal(err)
	}
	source, err := kube.NewManifests([]string{path}, kube.Options{Pods: true})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	l := &listing{told: cancel}
	if err := source.Run(ctx, l); err != nil && ctx.Err() == nil {
		b.Fatal(err)
	}
	return l.objects
}

// serviceManifest is a headless service with endpoints in slices of a hundred, of which the first are not ready.
func serviceManifest(name string, endpoints, unready int) string {
	var y strings.Builder
	fmt.Fprintf(&y, "---\n{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: shop}, spec: {clusterIP: None, ports: [{name: http, port: 80}]}}\n", name)
	for from := 0; from < endpoints; from += 100 {
		fmt.Fprintf(&y, "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n"+
			"metadata: {name: %s-%05d, namespace: shop, labels: {kubernetes.io/service-name: %s}}\nports: [{name: http, port: 80, protocol: TCP}]\nendpoints:\n", name, from, name)
		for i := from; i < min(from+100, endpoints); i++ {
			fmt.Fprintf(&y, "- {addresses: [10.%d.%d.%d], hostname: %s-%d, conditions: {ready: %v}}\n", len(name), i>>8, i&255, name, i, i >= unready)
		}
	}
	return y.String()
}

// static is a source that tells nothing: the benchmark does.
type static struct{}

func (static) Kinds() []cluster.Kind {
	return []cluster.Kind{cluster.KindNamespace, cluster.KindService, cluster.KindSlice, cluster.KindPod}
}
func (static) Run(context.Context, cluster.Sink) error { return nil }

// keeping is a keeper of a cluster of many services, and one of many endpoints, that is published.
func keeping(b *testing.B, big int) *keeper.Keeper {
	b.Helper()
	var y strings.Builder
	y.WriteString(serviceManifest("big", big, 0))
	for i := range 1000 {
		fmt.Fprintf(&y, "---\n{apiVersion: v1, kind: Service, metadata: {name: service-%d, namespace: shop}, spec: {clusterIP: 10.96.%d.%d, ports: [{name: http, port: 80}]}}\n", i, i>>8, i&255)
	}
	z, err := zone.New(zone.Spec{Origins: []string{"cluster.local.", "in-addr.arpa."}, TTL: 5, Pods: zone.Verified})
	if err != nil {
		b.Fatal(err)
	}
	k := keeper.New(static{})
	k.Attach(z)
	k.Replace(static{}.Kinds(), trimmed(b, y.String()), 0)
	<-k.Whole()
	return k
}

// BenchmarkPublish takes changes until they are answered: applied, compiled and published.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 5000} {
		b.Run(fmt.Sprint("one_endpoint_of_", n), func(b *testing.B) {
			k := keeping(b, n)
			first := func(unready int) cluster.Change {
				for _, o := range trimmed(b, serviceManifest("big", n, unready)) {
					if o.Ref().Name == "big-00000" {
						return cluster.Put(o)
					}
				}
				b.Fatal("no slice")
				return cluster.Change{}
			}
			alternate(b, k, first(1), first(0))
		})
	}
	for _, c := range []struct{ name, manifest string }{
		{"service_of_10", serviceManifest("new", 10, 0)},
		{"pod", "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, status: {phase: Running, podIP: 10.9.9.9}}"},
	} {
		b.Run(c.name+"_comes_or_goes", func(b *testing.B) {
			var come, gone []cluster.Change
			for _, o := range trimmed(b, c.manifest) {
				if o.Ref().Kind != cluster.KindNamespace {
					come, gone = append(come, cluster.Put(o)), append(gone, cluster.Gone(o.Ref()))
				}
			}
			k := keeping(b, 100)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				for _, c := range [][]cluster.Change{come, gone}[i%2] { // as watches tell: one after the other
					k.Apply(c)
				}
			}
		})
	}
}

// alternate applies one change, and the other, and so on. Each is one that DNS can see.
func alternate(b *testing.B, k *keeper.Keeper, one, other cluster.Change) {
	before, n := k.Changes(), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		c := one
		if n%2 == 1 {
			c = other
		}
		k.Apply(c)
		n++
	}
	if got := k.Changes() - before; got != n {
		b.Errorf("%d of %d changes were published", got, n)
	}
}

// BenchmarkRelisted publishes what a list says that takes the place of all that was known: four of five endpoints differ.
func BenchmarkRelisted(b *testing.B) {
	k := keeping(b, 5000)
	all := trimmed(b, serviceManifest("big", 5000, 0))
	other := trimmed(b, serviceManifest("big", 5000, 4000))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k.Replace(static{}.Kinds(), [][]cluster.Object{other, all}[i%2], 0)
	}
}
