package snapshot

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// known is a State of 10,000 Services with 100,000 endpoints.
func known(t testing.TB) *cluster.State {
	t.Helper()
	s := cluster.NewState()
	s.Replace(cluster.Kinds(), large(10_000), 42)
	return s
}

// BenchmarkSave saves a large cluster, to the disk.
func BenchmarkSave(b *testing.B) {
	s := known(b)
	f := &File{Path: b.TempDir() + "/snapshot", Source: source, MaxAge: time.Hour}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Save(now, cluster.Kinds(), s); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()), "bytes-of-file")
}

// BenchmarkObjects is how long the writer of a State waits while the Services of a large cluster are saved, and the slices.
func BenchmarkObjects(b *testing.B) {
	s := known(b)
	for _, k := range []cluster.Kind{cluster.KindService, cluster.KindSlice} {
		b.Run(k.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Objects(k)
			}
		})
	}
}

// BenchmarkLoad loads a large cluster, up to what is known then.
func BenchmarkLoad(b *testing.B) {
	f := &File{Path: b.TempDir() + "/snapshot", Source: source, MaxAge: time.Hour}
	if err := f.Save(now, cluster.Kinds(), known(b)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := f.Load(now)
		if err != nil {
			b.Fatal(err)
		}
		cluster.NewState().Replace(p.Kinds, p.Objects, p.Version)
	}
}

// TestSaveIsSmall: to save is to hold a buffer and the pointers of one kind, not a second cluster.
func TestSaveIsSmall(t *testing.T) {
	s := known(t)
	f := &File{Path: t.TempDir() + "/snapshot", Source: source, MaxAge: time.Hour}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := f.Save(now, cluster.Kinds(), s); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	got := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes for a cluster of %d objects", got, s.Count(cluster.KindService)+s.Count(cluster.KindSlice))
	if most := uint64(600_000); got > most { // two lists of 10,000 pointers to interfaces take 320,000
		t.Errorf("%d bytes, want at most %d", got, most)
	}
}

// TestClaims: what a file says there is to come takes no memory, unless it can come.
func TestClaims(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0x7f}
	ns := []byte{6, 't', 'e', 's', 't', 'n', 's'}
	for name, body := range map[string][]byte{
		"objects":   append([]byte{byte(cluster.KindNamespace)}, huge...),
		"bytes":     append([]byte{byte(cluster.KindNamespace), 1}, huge...),
		"a text":    append([]byte{byte(cluster.KindNamespace), 1, 5}, huge...),
		"addresses": append(append([]byte{byte(cluster.KindPod), 1, 20}, ns...), append([]byte{1, 'p', 0}, huge...)...),
	} {
		whole, err := os.ReadFile(saved(t, nil).Path)
		if err != nil {
			t.Fatal(err)
		}
		f := &File{Path: t.TempDir() + "/snapshot", Source: source, MaxAge: time.Hour}
		err = os.WriteFile(f.Path, resealed(whole, func(b []byte) []byte {
			return append(append(b[:headerBytes], body...), make([]byte, 1000)...)
		}), 0o600)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = f.Load(now)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: it is loaded", name)
		}
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(400_000); got > most {
			t.Errorf("%s: %d bytes of memory for a file of 1,000, want at most %d", name, got, most)
		}
	}
}
